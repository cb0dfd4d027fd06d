/**
 * gradpool's matrix kernels beside the machine's BLAS on one core: `npm run bench -- kernels`. Calls the compiled
 * kernels directly.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { count, fail, kernelsModule, machine, markdown, median, optionsOf, root } from './lib/tools.mjs';

const help = `npm run bench -- kernels [options]
  --reps N        repetitions, run in turns (default 7)
  --json          the figures as one JSON object`;

/** Rows × inputs × units, and the share of X (or Δ) that is not zero: MNIST's pixels, after ReLU, all. */
const shapes = [
  [128, 784, 100],
  [128, 100, 100],
  [1024, 784, 100],
  [128, 1024, 1024],
  [1024, 1024, 1024],
];
const shares = [0.19, 0.5, 1];
const MEBIBYTE = 2 ** 20;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    reps: { type: 'string', default: '7' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const reps = count('reps', options.reps);
  const bench = open();
  const rows = [];
  for (const shape of shapes) {
    for (const share of shares) rows.push(measure(bench, shape, share, reps));
  }
  if (options.json)
    return console.log(JSON.stringify({ machine: machine(), blas: bench.library, reps, rows }));
  console.log(`One core; GFLOP/s as if no value were zero; median of ${reps}.\n${machine()}\n`);
  console.log(
    markdown(
      rows.map(({ shape, share, gflops }) => ({
        'rows × inputs × units': shape.join(' × '),
        'not zero': `${share * 100} %`,
        X·W: gflops.forward.toFixed(1),
        Δ·Wᵀ: gflops.input.toFixed(1),
        XᵀΔ: gflops.weights.toFixed(1),
        [bench.library]: gflops.blas?.toFixed(1) ?? '–',
      })),
    ),
  );
}

/** The kernels over a memory of their own, and sgemm where there is a BLAS. */
function open() {
  const file = join(root, 'dist', 'kernels.wasm');
  if (!existsSync(file)) fail('bench: gradpool is not built; run: npm run build');
  const memory = new WebAssembly.Memory({ initial: 1024, maximum: 65_536, shared: true });
  const module = kernelsModule(readFileSync(file));
  const { exports: kernels } = new WebAssembly.Instance(module, { env: { memory } });
  let sgemm;
  let library = 'no BLAS here';
  try {
    const koffi = createRequire(import.meta.url)('koffi');
    const blas = koffi.load('libopenblas.so.0');
    blas.func('void openblas_set_num_threads(int)')(1);
    sgemm = blas.func(
      'void cblas_sgemm(int, int, int, int, int, int, float, const float *, int, const float *, int, float, ' +
        '_Inout_ float *, int)',
    );
    library = 'OpenBLAS X·W';
  } catch {
    // The column says so.
  }
  return { memory, kernels, sgemm, library };
}

function measure({ memory, kernels, sgemm }, shape, share, reps) {
  const [rows, inputs, units] = shape;
  const at = { x: 4, w: 8, b: 13, u: 14, delta: 19, out: 24, scratch: 32 };
  for (const name of Object.keys(at)) at[name] *= MEBIBYTE;
  const view = (offset, n) => new Float32Array(memory.buffer, offset, n);
  // New values for each call, or else the processor learns where the zeros are.
  const fill = (values, share) => {
    for (let i = 0; i < values.length; i++) values[i] = Math.random() < share ? Math.random() - 0.5 : 0;
  };
  const [x, w, u, delta] = [
    view(at.x, rows * inputs),
    view(at.w, inputs * units),
    view(at.u, rows * units),
    view(at.delta, rows * units),
  ];
  fill(w, 1);
  const operations = {
    forward: () => kernels.dense_forward_f32(at.x, at.w, at.b, at.u, rows, inputs, units, at.scratch),
    input: () => kernels.dense_backward_input_f32(at.delta, at.w, at.out, rows, inputs, units, at.scratch),
    weights: () => {
      for (let first = 0; first < inputs; first += 128) {
        const part = Math.min(128, inputs - first);
        kernels.dense_backward_weights_f32(
          at.x,
          at.delta,
          at.out,
          rows,
          inputs,
          units,
          first,
          part,
          at.scratch,
        );
      }
    },
    ...(sgemm && {
      blas: () => sgemm(101, 111, 111, rows, units, inputs, 1, x, inputs, w, units, 0, u, units),
    }),
  };
  const flops = 2 * rows * inputs * units;
  const speeds = Object.fromEntries(Object.keys(operations).map((name) => [name, []]));
  const calls = Math.max(2, Math.ceil(2e8 / flops));
  for (let rep = -1; rep < reps; rep++) {
    for (const [name, operation] of Object.entries(operations)) {
      let spent = 0;
      for (let call = 0; call < calls; call++) {
        if (call % 8 === 0) {
          fill(x, share);
          fill(delta, share === 0.19 ? 0.5 : share);
        }
        const begun = performance.now();
        operation();
        spent += performance.now() - begun;
      }
      // The first repetition is the warm-up.
      if (rep >= 0) speeds[name].push((flops * calls) / spent / 1e6);
    }
  }
  return {
    shape,
    share,
    gflops: Object.fromEntries(Object.entries(speeds).map(([name, all]) => [name, median(all)])),
  };
}
