/**
 * Updates that end in numbers which are not finite, or nearly: each with the verdict that an engine must give.
 */
import type { Precision } from '../../src/model/precision.js';
import { optimizerNames } from '../../src/optimizers/index.js';
import { draw } from './compare.js';
import { type Operation, rank1Of, stepOf } from './operations.js';
import { specOf } from './optimizers.js';

export interface Verdict {
  title: string;
  operation: Operation;
  /** Whether all parameters are finite afterwards. */
  finite: boolean;
}

/** The largest numbers of a precision, and what they must grow by to become infinite. */
const LIMITS = {
  float32: { max: 2 ** 128 - 2 ** 104, half: 2 ** 103, below: 2 ** 103 - 2 ** 79, least: 2 ** -149 },
  float64: { max: Number.MAX_VALUE, half: 2 ** 970, below: 2 ** 970 - 2 ** 917, least: Number.MIN_VALUE },
};
const ODD = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const RATE = 0.5;

/** Every place of a short array, which takes in every kind of tail; of a long one the first, the middle, the last. */
function places(n: number): number[] {
  return n <= 40 ? Array.from({ length: n }, (_, i) => i) : [0, n >> 1, n - 2, n - 1];
}

/** Gradient descent over `n` parameters, plain and in the ways that give the same in a first step. */
export function* steps(n: number, precision: Precision): Generator<Verdict> {
  const { max, half, below, least } = LIMITS[precision];
  const theta = draw(n, 'theta');
  const g = draw(n, 'g', 0.2);
  const halved = (value: number) => (Math.abs(value) > least ? value / 2 : value);
  function* each(title: string, finite: boolean, theta: Float64Array, g: Float64Array): Generator<Verdict> {
    for (const [kind, spec] of kinds) {
      const none = [new Float64Array(n)];
      // With the factor 2, what g is halved by is undone before the rate: what overflows, overflows there too.
      for (const factor of [1, 2]) {
        const sums = factor === 1 ? g : g.map(halved);
        const operation = stepOf(spec, theta, sums, none, { factor, rate: RATE });
        yield { title: `${kind} ${n}, factor ${factor}, ${title}`, finite, operation };
      }
    }
  }
  const all = (value: number) => new Float64Array(n).fill(value);
  yield* each('usual numbers', true, theta, g);
  yield* each('negative zeros', true, all(-0), all(0));
  yield* each('the least numbers', true, all(least), all(-least));
  yield* each('the largest numbers', true, all(max), all(1));
  for (const at of places(n)) {
    for (const odd of ODD) {
      yield* each(`g[${at}] = ${odd}`, false, theta, g.with(at, odd));
      yield* each(`θ[${at}] = ${odd}`, false, theta.with(at, odd), g);
    }
    yield* each(`θ[${at}] grows too large`, false, theta.with(at, max), g.with(at, -2 * half));
    yield* each(`θ[${at}] falls too low`, false, theta.with(at, -max), g.with(at, 2 * half));
    yield* each(`θ[${at}] stays just finite`, true, theta.with(at, max), g.with(at, -2 * below));
    const average = stepOf(specOf('sgd'), theta, g.with(at, max), [], { factor: 2, rate: RATE });
    yield { title: `sgd ${n}, the average of g[${at}] overflows`, finite: false, operation: average };
  }
}

const kinds = [
  ['sgd', specOf('sgd')],
  ['sgd momentum', specOf('sgd', { momentum: 0.5 })],
] as const;

/** Steps of optimizers with state, over `n` parameters. */
export function* stateSteps(n: number, precision: Precision): Generator<Verdict> {
  const { max } = LIMITS[precision];
  const root = Math.sqrt(max);
  const theta = draw(n, 'theta');
  const g = draw(n, 'g', 0.2);
  const zeros = new Float64Array(n);
  const numbers = { factor: 1, rate: RATE, step: 3 };
  const withState = optimizerNames.filter((name) => name !== 'sgd');
  for (const name of withState) {
    const of = (
      title: string,
      finite: boolean,
      given: { theta?: Float64Array; g?: Float64Array; v?: Float64Array },
    ) => {
      const operation = stepOf(
        specOf(name),
        given.theta ?? theta,
        given.g ?? g,
        [zeros, given.v ?? zeros, zeros],
        numbers,
      );
      return { title: `${name} ${n}, ${title}`, finite, operation };
    };
    yield of('usual numbers', true, {});
    yield of('no gradients', true, { g: zeros });
    for (const at of places(n)) {
      for (const odd of ODD) {
        yield of(`g[${at}] = ${odd}`, false, { g: g.with(at, odd) });
        yield of(`θ[${at}] = ${odd}`, false, { theta: theta.with(at, odd) });
      }
      if (['adam', 'adamw', 'nadam'].includes(name)) {
        yield of(`a large g[${at}]`, true, { g: g.with(at, 8 * root) });
      }
      // Lion keeps no squares.
      if (name !== 'lion') yield of(`v[${at}] grows too large`, false, { g: g.with(at, 64 * root) });
    }
  }
  for (const nesterov of [false, true]) {
    const spec = specOf('sgd', { momentum: 0.9, nesterov });
    for (const at of places(n)) {
      const velocity = zeros.with(at, max);
      const operation = stepOf(spec, theta, g.with(at, max / 2), [velocity], { ...numbers, rate: 2 ** -20 });
      yield {
        title: `sgd ${n}, nesterov ${nesterov}, momentum[${at}] grows too large`,
        finite: false,
        operation,
      };
    }
  }
}

/** `sgd_rank1_step` on inputs × units weights and their biases; they are finite before, as it may take for granted. */
export function* rank1Steps(inputs: number, units: number, precision: Precision): Generator<Verdict> {
  const { max, half, below, least } = LIMITS[precision];
  const w = draw(inputs * units, 'w');
  const b = draw(units, 'b');
  const x = draw(inputs, 'x', 0.5);
  const delta = draw(units, 'delta', 0.3);
  const of = (
    title: string,
    finite: boolean,
    given: Partial<Record<'x' | 'delta' | 'w' | 'b', Float64Array>>,
    rate = RATE,
  ): Verdict => {
    const all = { x, delta, w, b, ...given };
    const operation = rank1Of('sgd', all.x, all.delta, all.w, all.b, rate);
    return { title: `sgd_rank1_step ${inputs}×${units}, ${title}`, finite, operation };
  };
  yield of('usual numbers', true, {});
  yield of('no inputs', true, { x: new Float64Array(inputs) });
  yield of('negative zeros', true, { w: w.map(() => -0), b: b.map(() => -0), delta: delta.map(() => -0) });
  yield of('the least numbers', true, { w: w.map(() => least), delta: delta.map(() => least) });
  yield of('the largest numbers', true, { w: w.map(() => max), b: b.map(() => -max) });
  for (const odd of ODD) {
    for (const i of places(inputs)) yield of(`x[${i}] = ${odd}`, false, { x: x.with(i, odd) });
    for (const o of places(units)) {
      yield of(`δ[${o}] = ${odd}`, false, { delta: delta.with(o, odd) });
      yield of(`δ[${o}] = ${odd} without inputs`, false, {
        x: new Float64Array(inputs),
        delta: delta.with(o, odd),
      });
    }
  }
  for (const o of places(units)) {
    const changed = new Float64Array(units).with(o, 2 * half);
    yield of(`b[${o}] falls too low`, false, { b: b.with(o, -max), delta: changed });
    yield of(`b[${o}] grows too large`, false, { b: b.with(o, max), delta: changed.map((d) => -d) });
    for (const i of places(inputs)) {
      // One input and one δ alone, far apart in size: the change of that weight is nearly all that there is.
      const large = 2 ** 20;
      const one = { x: new Float64Array(inputs).with(i, large), w: w.with(i * units + o, -max) };
      const by = (change: number) => new Float64Array(units).with(o, change / large);
      yield of(`W[${i}, ${o}] falls too low`, false, { ...one, delta: by(half) }, 1);
      yield of(`W[${i}, ${o}] stays just finite`, true, { ...one, delta: by(below) }, 1);
      yield of(`W[${i}, ${o}] is moved a little`, true, { ...one, delta: by(half / 1e6) }, 1);
    }
  }
}
