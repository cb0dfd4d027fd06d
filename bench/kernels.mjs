/**
 * gradpool's products, by its addon and by WebAssembly, beside the machine's BLAS on one core:
 * `npm run bench -- kernels`. GRADPOOL_SIMD=avx2 takes another of the addon's instruction sets.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { count, fail, kernelsModule, machine, markdown, optionsOf, root } from './lib/tools.mjs';

const help = `npm run bench -- kernels [options]
  --reps N        repetitions, run in turns (default 60)
  --json          the figures as one JSON object`;

/** Rows × inputs × units, and shares of X that are not zero: MNIST's pixels, after ReLU, all. */
const shapes = [
  ...[16, 32, 128].map((rows) => [
    [rows, 784, 100],
    [0.19, 1],
  ]),
  ...[16, 32, 128].map((rows) => [
    [rows, 100, 100],
    [0.5, 1],
  ]),
  ...[16, 32].map((rows) => [
    [rows, 100, 10],
    [0.5, 1],
  ]),
  [
    [1024, 784, 100],
    [0.19, 1],
  ],
  ...[16, 32, 64, 128].map((rows) => [
    [rows, 1024, 1024],
    [0.5, 1],
  ]),
  [[1024, 1024, 1024], [1]],
];
const products = { forward: 'X·W', input: 'Δ·Wᵀ', weights: 'XᵀΔ' };
const MEBIBYTE = 2 ** 20;
/** So many matrices take turns: of a single one the processor learns where the zeros are. */
const TURNS = 8;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    reps: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const reps = count('reps', options.reps);
  const bench = await open();
  const rows = shapes.flatMap(([shape, shares]) => shares.map((share) => measure(bench, shape, share, reps)));
  const { set, library } = bench;
  if (options.json) return console.log(JSON.stringify({ machine: machine(), set, library, reps, rows }));
  console.log(
    `One core; GFLOP/s as if no value were zero; best of ${reps}. native: ${set}; BLAS: ${library}.\n` +
      `${machine()}\n`,
  );
  console.log(
    markdown(
      rows.map(({ shape, share, gflops }) => ({
        'rows × inputs × units': shape.join(' × '),
        'not zero': `${share * 100} %`,
        ...Object.fromEntries(
          Object.entries(products).flatMap(([product, title]) =>
            Object.entries(gflops[product]).map(([by, speed]) => [`${title} ${by}`, speed.toFixed(1)]),
          ),
        ),
      })),
    ),
  );
}

/** The engines over one memory, and sgemm where there is a BLAS. */
async function open() {
  const file = join(root, 'dist', 'kernels.wasm');
  if (!existsSync(file)) fail('bench: gradpool is not built; run: npm run build');
  const memory = new WebAssembly.Memory({ initial: 1024, maximum: 65_536, shared: true });
  const module = kernelsModule(readFileSync(file));
  const { createEngine } = await import('../dist/src/engines/index.js');
  const { findNative } = await import('../dist/src/engines/native-library.js');
  const found = findNative();
  const engine = (name) => createEngine({ name }, 'float32', memory, module);
  const engines = { ...(typeof found !== 'string' && { native: engine('native') }), wasm: engine('wasm') };
  let sgemm;
  let library = 'none here';
  try {
    const koffi = createRequire(import.meta.url)('koffi');
    const blas = koffi.load('libopenblas.so.0');
    blas.func('void openblas_set_num_threads(int)')(1);
    sgemm = blas.func(
      'void cblas_sgemm(int, int, int, int, int, int, float, const float *, int, const float *, int, float, ' +
        '_Inout_ float *, int)',
    );
    library = 'OpenBLAS';
  } catch {
    // The heading says so.
  }
  return { memory, engines, set: typeof found === 'string' ? found : found.set, sgemm, library };
}

function measure({ memory, engines, sgemm }, shape, share, reps) {
  const [rows, inputs, units] = shape;
  const at = { x: 4, w: 8, b: 13, u: 14, delta: 19, out: 24, scratch: 32 };
  for (const name of Object.keys(at)) at[name] *= MEBIBYTE;
  const view = (offset, n) => new Float32Array(memory.buffer, offset, n);
  const fill = (values, share) => {
    for (let i = 0; i < values.length; i++) values[i] = Math.random() < share ? Math.random() - 0.5 : 0;
  };
  const turns = Math.max(1, Math.min(TURNS, Math.floor(MEBIBYTE / (rows * Math.max(inputs, units)))));
  const X = Array.from({ length: turns }, (_, k) => view(at.x + 4 * k * rows * inputs, rows * inputs));
  const D = Array.from({ length: turns }, (_, k) => view(at.delta + 4 * k * rows * units, rows * units));
  const [w, u, dx, dw] = [
    view(at.w, inputs * units),
    view(at.u, rows * units),
    view(at.out, rows * inputs),
    view(at.out, inputs * units),
  ];
  fill(w, 1);
  // As a step's tiles are.
  const tile = units < 512 ? 64 : 128;
  const [plain, turned] = [111, 112];
  const ways = [];
  for (const [name, engine] of Object.entries(engines)) {
    ways.push([
      name,
      {
        forward: (x) => engine.dense_forward(x.byteOffset, at.w, at.b, at.u, rows, inputs, units, at.scratch),
        input: (_, d) =>
          engine.dense_backward_input(d.byteOffset, at.w, at.out, rows, inputs, units, at.scratch),
        weights(x, d) {
          for (let first = 0; first < inputs; first += tile) {
            const [part, to] = [Math.min(tile, inputs - first), at.out + 4 * first * units];
            const sizes = [rows, inputs, units, first, part];
            engine.dense_backward_weights(x.byteOffset, d.byteOffset, to, ...sizes, at.scratch);
          }
        },
      },
    ]);
  }
  if (sgemm) {
    const gemm = (ta, tb, m, n, k, a, lda, b, ldb, c) =>
      sgemm(101, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, n);
    ways.push([
      'BLAS',
      {
        forward: (x) => gemm(plain, plain, rows, units, inputs, x, inputs, w, units, u),
        input: (_, d) => gemm(plain, turned, rows, inputs, units, d, units, w, units, dx),
        weights: (x, d) => gemm(turned, plain, inputs, units, rows, x, inputs, d, units, dw),
      },
    ]);
  }

  const flops = 2 * rows * inputs * units;
  const repeats = Math.ceil(Math.max(1, 4e6 / (flops * turns)));
  const times = new Map();
  for (let rep = -1; rep < reps; rep++) {
    for (const x of X) fill(x, share);
    for (const d of D) fill(d, share === 0.19 ? 0.5 : share);
    for (const product of Object.keys(products)) {
      for (const [name, way] of ways) {
        const begun = performance.now();
        for (let k = 0; k < repeats * turns; k++) way[product](X[k % turns], D[k % turns]);
        const spent = (performance.now() - begun) / (repeats * turns);
        const key = `${product} ${name}`;
        // The first repetition is the warm-up.
        times.set(key, rep < 0 ? [] : [...times.get(key), spent]);
      }
    }
  }
  const speed = (all) => flops / Math.min(...all) / 1e6;
  const speeds = (product) =>
    Object.fromEntries(ways.map(([name]) => [name, speed(times.get(`${product} ${name}`))]));
  return {
    shape,
    share,
    gflops: Object.fromEntries(Object.keys(products).map((product) => [product, speeds(product)])),
  };
}
