/**
 * What it is worth that kernels skip zeros: the products of a first layer with rows of a table, whose categories are
 * one-hot, beside the same shapes without a zero: `npm run bench -- sparse`. One core, the compiled kernels directly.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { count, fail, kernelsModule, machine, markdown, optionsOf, root } from './lib/tools.mjs';

const help = `npm run bench -- sparse [options]
  --reps N        repetitions, run in turns (default 100)
  --json          the figures as one JSON object`;

/** Codes of each column, as the census data "Adult" have them, and columns of numbers beside them. */
const CATEGORIES = [9, 16, 7, 15, 6, 5, 2, 42];
const NUMBERS = 5;
const INPUTS = CATEGORIES.reduce((sum, codes) => sum + codes, NUMBERS);
/** Rows of a minibatch × units of the first layer. */
const shapes = [
  [64, 64],
  [64, 200],
  [256, 128],
  [1024, 64],
  [1024, 200],
];
/** Rows of ∇W that `averaging: slices` computes at a time. */
const TILE_ROWS = 64;
const MEBIBYTE = 2 ** 20;
/** Minibatches that take turns, or else the processor learns where the zeros are. */
const BATCHES = 16;
/** Repetitions that are not counted. */
const WARM_UP = 10;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    reps: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const reps = count('reps', options.reps);
  const file = join(root, 'dist', 'kernels.wasm');
  if (!existsSync(file)) fail('bench: gradpool is not built; run: npm run build');
  const memory = new WebAssembly.Memory({ initial: 1024, maximum: 65_536, shared: true });
  const module = kernelsModule(readFileSync(file));
  const { exports: kernels } = new WebAssembly.Instance(module, { env: { memory } });
  const rows = shapes.map((shape) => measure(kernels, memory, shape, reps));
  if (options.json) return console.log(JSON.stringify({ machine: machine(), inputs: INPUTS, reps, rows }));
  console.log(
    `One core, float32; µs a minibatch, ${INPUTS} inputs: ${CATEGORIES.length} ones and ${NUMBERS} numbers a row, or ` +
      `none zero; fastest of ${reps}.\n${machine()}\n`,
  );
  console.log(
    markdown(
      rows.map(({ shape: [batch, units], micros, times }) => ({
        'rows × units': `${batch} × ${units}`,
        'X·W one-hot': micros.forward.table.toFixed(1),
        dense: micros.forward.dense.toFixed(1),
        'times as fast': times.forward.toFixed(1),
        'XᵀΔ one-hot': micros.gradient.table.toFixed(1),
        'dense ': micros.gradient.dense.toFixed(1),
        'times as fast ': times.gradient.toFixed(1),
        'both ': times.both.toFixed(1),
      })),
    ),
  );
}

function measure(kernels, memory, [rows, units], reps) {
  const at = { w: 26, b: 28, u: 29, delta: 32, out: 34, scratch: 40 };
  for (const name of Object.keys(at)) at[name] *= MEBIBYTE;
  const view = (offset, n) => new Float32Array(memory.buffer, offset, n);
  const x = (kind, batch) =>
    MEBIBYTE * (kind === 'table' ? 1 : 13) + 4 * rows * INPUTS * (batch % batchesOf(rows));
  const random = (values) => {
    for (let i = 0; i < values.length; i++) values[i] = Math.random() - 0.5;
  };
  random(view(at.w, INPUTS * units));
  random(view(at.delta, rows * units));
  for (let batch = 0; batch < batchesOf(rows); batch++) {
    random(view(x('dense', batch), rows * INPUTS));
    const table = view(x('table', batch), rows * INPUTS).fill(0);
    for (let r = 0; r < rows; r++) {
      let to = r * INPUTS;
      for (const codes of CATEGORIES) {
        table[to + Math.floor(Math.random() * codes)] = 1;
        to += codes;
      }
      random(table.subarray(to, to + NUMBERS));
    }
  }
  const operations = {
    forward: (from) => kernels.dense_forward_f32(from, at.w, at.b, at.u, rows, INPUTS, units, at.scratch),
    gradient(from) {
      for (let first = 0; first < INPUTS; first += TILE_ROWS) {
        const tile = Math.min(TILE_ROWS, INPUTS - first);
        kernels.dense_backward_weights_f32(
          from,
          at.delta,
          at.out,
          rows,
          INPUTS,
          units,
          first,
          tile,
          at.scratch,
        );
      }
    },
  };
  // Short enough that another program seldom comes between.
  const calls = Math.max(1, Math.ceil(1e7 / (2 * rows * INPUTS * units)));
  let turn = 0;
  const found = { forward: { table: [], dense: [] }, gradient: { table: [], dense: [] } };
  for (let rep = -WARM_UP; rep < reps; rep++) {
    for (const [name, operation] of Object.entries(operations)) {
      for (const kind of ['table', 'dense']) {
        const begun = performance.now();
        for (let call = 0; call < calls; call++) operation(x(kind, turn++));
        if (rep >= 0) found[name][kind].push(((performance.now() - begun) / calls) * 1000);
      }
    }
  }
  const micros = Object.fromEntries(
    Object.entries(found).map(([name, { table, dense }]) => [
      name,
      { table: Math.min(...table), dense: Math.min(...dense) },
    ]),
  );
  const { forward, gradient } = micros;
  const times = {
    forward: forward.dense / forward.table,
    gradient: gradient.dense / gradient.table,
    both: (forward.dense + gradient.dense) / (forward.table + gradient.table),
  };
  return { shape: [rows, units], micros, times };
}

/** As many as have room. */
function batchesOf(rows) {
  return Math.min(BATCHES, Math.floor((12 * MEBIBYTE) / (4 * rows * INPUTS)));
}
