/**
 * How far the kernels' exp, expm1, tanh, erf, log and log1p are from the truth, in units in the last place (ulp): the
 * figures that kernels/math.ts and erf.ts state. Float32 is held against Math's float64, float64 against BigInts.
 */
import t from 'tap';
import { compileKernels } from '../../src/engines/kernels.js';
import { erf } from '../../src/model/erf.js';
import { keyed } from '../../src/random.js';
import * as precise from '../helpers/precise.js';

const memory = new WebAssembly.Memory({ initial: 64, maximum: 65_536, shared: true });
const { exports: kernels } = new WebAssembly.Instance(await compileKernels(), { env: { memory } });

const CHUNK = 1 << 18;
const IN = 64;
const OUT = IN + 8 * CHUNK;
type Kernel = (x: number, y: number, n: number) => void;

/** A kernel as a function of numbers, at most CHUNK of them. */
const over = (Real: typeof Float32Array | typeof Float64Array, kernel: Kernel) => (x: ArrayLike<number>) => {
  const view = (at: number): Float32Array | Float64Array =>
    Reflect.construct(Real, [memory.buffer, at, x.length]);
  view(IN).set(x);
  kernel(IN, OUT, x.length);
  return Array.from(view(OUT));
};
const float32 = {
  exp: over(Float32Array, kernels.exp_f32),
  expm1: over(Float32Array, (x, y, n) => kernels.elu_forward_f32(x, y, 1, n, 1)),
  tanh: over(Float32Array, (x, y, n) => kernels.tanh_forward_f32(x, y, 1, n)),
  erf: over(Float32Array, kernels.erf_f32),
  log1p: over(Float32Array, kernels.log1p_f32),
};
const float64 = {
  exp: over(Float64Array, kernels.exp_f64),
  expm1: over(Float64Array, (x, y, n) => kernels.elu_forward_f64(x, y, 1, n, 1)),
  tanh: over(Float64Array, (x, y, n) => kernels.tanh_forward_f64(x, y, 1, n)),
  erf: over(Float64Array, kernels.erf_f64),
  log: (x: number[]) => x.map((value) => kernels.log(value) as number),
  log1p: over(Float64Array, kernels.log1p_f64),
};

t.test('float32: every 1021st number', (t) => {
  const bitsOf = (x: number) => new Uint32Array(Float32Array.of(x).buffer)[0];
  /** Largest error over the float32 numbers from `from` to `to`, of the same sign. */
  const worst = (
    kernel: (x: Float32Array) => number[],
    truth: (x: number) => number,
    from: number,
    to: number,
  ) => {
    let largest = 0;
    const [first, last] = [bitsOf(from), bitsOf(to)];
    for (let start = first; start <= last; start += 1021 * CHUNK) {
      const count = Math.min(CHUNK, Math.floor((last - start) / 1021) + 1);
      const x = new Float32Array(Uint32Array.from({ length: count }, (_, i) => start + 1021 * i).buffer);
      kernel(x).forEach((y, i) => {
        const want = truth(x[i]);
        const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(want))));
        largest = Math.max(largest, Math.abs(y - want) / 2 ** (exponent - 23));
      });
    }
    return largest;
  };
  const errors = {
    'exp above 0': worst(float32.exp, Math.exp, 1e-9, 88.7228),
    'exp below 0': worst(float32.exp, Math.exp, -1e-9, -103.9),
    expm1: worst(float32.expm1, Math.expm1, -1e-30, -50),
    tanh: worst(float32.tanh, Math.tanh, 1e-30, 12),
    erf: worst(float32.erf, erf, 1e-30, 5),
    log1p: worst(float32.log1p, Math.log1p, 1e-30, 1),
  };
  t.comment(errors);
  t.ok(errors['exp above 0'] < 1);
  t.ok(errors['exp below 0'] < 1);
  t.ok(errors.expm1 < 1.5);
  t.ok(errors.tanh < 1.5);
  t.ok(errors.erf < 1.5);
  t.ok(errors.log1p < 1);
  t.end();
});

t.test('float64: some thousand numbers, where the formulas change among them', (t) => {
  const random = keyed('math');
  const between = (n: number, from: number, to: number) =>
    Array.from({ length: n }, () => from + (to - from) * random.uniform());
  const around = (...points: number[]) => points.flatMap((x) => [x * (1 - 1e-15), x, x * (1 + 1e-15)]);
  /** Magnitudes of every size from 2^from to 2^to. */
  const sizes = (n: number, from: number, to: number) => between(n, from, to).map((power) => 2 ** power);
  const halves = Array.from({ length: 400 }, (_, i) => (i - 200 + 0.5) * Math.LN2);

  const worst = (kernel: (x: number[]) => number[], x: number[], truth: (x: bigint, y: number) => bigint) =>
    kernel(x).reduce((top, y, i) => Math.max(top, precise.ulps(y, truth(precise.fixed(x[i]), y))), 0);
  const ofErf = [
    ...[...between(1000, 0, 3), ...between(300, 0, 6.5), ...sizes(200, -300, 0)].flatMap((x) => [x, -x]),
    ...around(0.84375, 1.25, 1 / 0.35, 6),
  ];
  const errors = {
    exp: worst(
      float64.exp,
      [...between(1000, -708, 709.78), ...between(1000, -1, 1), ...sizes(200, -60, 0), ...around(...halves)],
      precise.exp,
    ),
    'exp, subnormal results': worst(float64.exp, between(300, -745, -708), precise.exp),
    expm1: worst(
      float64.expm1,
      [...between(1000, -2, 0), ...between(500, -45, 0), ...sizes(300, -300, 0).map((x) => -x)],
      (x) => precise.exp(x) - precise.ONE,
    ),
    erf: worst(float64.erf, ofErf, precise.erf),
    'erf, the formula': worst((x) => x.map(erf), ofErf, precise.erf),
    tanh: worst(
      float64.tanh,
      [...between(1500, 0, 3), ...between(300, -20, 20), ...sizes(300, -300, 0), ...around(0.625, 19.06)],
      precise.tanh,
    ),
    log: worst(
      float64.log,
      [
        ...between(1000, 0.5, 2),
        ...sizes(500, -1074, 1024),
        ...around(1, Math.SQRT2, Math.SQRT1_2, 2),
      ].filter((x) => x !== 1),
      precise.log,
    ),
    log1p: worst(
      float64.log1p,
      [
        ...between(1500, 0, 1),
        ...sizes(500, -200, 0),
        ...around(0.5, Math.SQRT2 - 1),
        ...between(1000, 0.4, 0.5),
      ],
      (x, y) => precise.log(x + precise.ONE, y),
    ),
  };
  t.comment(errors);
  t.ok(errors.exp < 1);
  t.ok(errors['exp, subnormal results'] < 1);
  t.ok(errors.expm1 < 1.5);
  t.ok(errors.erf < 1);
  t.ok(errors['erf, the formula'] < 1);
  t.ok(errors.tanh < 1.5);
  t.ok(errors.log < 1);
  t.ok(errors.log1p < 1);
  t.end();
});

t.test('special values', (t) => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  const table = (kernel: (x: number[]) => number[], pairs: [number, number][]) => {
    const got = kernel(pairs.map(([x]) => x));
    pairs.forEach(([x, want], i) => {
      t.ok(Object.is(got[i], want), `${x} → ${want}, got ${got[i]}`);
    });
  };
  const everywhere: [number, number][] = [
    [nan, nan],
    [inf, inf],
    [-inf, 0],
    [0, 1],
    [-0, 1],
    [1000, inf],
    [-1000, 0],
    [1e30, inf],
    [-1e30, 0],
  ];
  table(float32.exp, everywhere);
  table(float64.exp, everywhere);
  table(float32.exp, [
    [88.73, inf],
    [-103.97, 2 ** -149],
    [-103.98, 0],
  ]);
  table(float64.exp, [
    [709.79, inf],
    [-745.13, 2 ** -1074],
    [-745.14, 0],
  ]);
  for (const { tanh } of [float32, float64]) {
    const tiny = tanh === float32.tanh ? 2 ** -149 : 2 ** -1074;
    const odd: [number, number][] = [nan, 0, 1e-30, tiny].map((x) => [
      Math.fround(x) || x,
      Math.fround(x) || x,
    ]);
    const flat: [number, number][] = [20, 1000, inf].map((x) => [x, 1]);
    for (const [x, y] of [...odd, ...flat]) {
      table(tanh, [
        [x, y],
        [-x, -y],
      ]);
    }
  }
  for (const of of [float32.erf, float64.erf, (x: number[]) => x.map(erf)]) {
    const flat: [number, number][] = [6, 1000, inf].map((x) => [x, 1]);
    for (const [x, y] of [[nan, nan], [0, 0], ...flat]) {
      table(of, [
        [x, y],
        [-x, -y],
      ]);
    }
  }
  for (const { expm1 } of [float32, float64]) {
    table(expm1, [
      [nan, nan],
      [0, 0],
      [-0, -0],
      [-40, -1],
      [-1000, -1],
      [-inf, -1],
    ]);
  }
  table(float32.log1p, [
    [nan, nan],
    [0, 0],
    [2 ** -149, 2 ** -149],
  ]);
  table(float64.log, [
    [nan, nan],
    [-1, nan],
    [-inf, nan],
    [0, -inf],
    [-0, -inf],
    [inf, inf],
    [1, 0],
  ]);
  table(float64.log1p, [
    [nan, nan],
    [0, 0],
    [2 ** -1074, 2 ** -1074],
  ]);
  t.end();
});
