/** Layers that normalize against PyTorch in float64, batch-norm put together from any number of shards. */
import t from 'tap';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { compileKernels } from '../../src/engines/kernels.js';
import { apart } from '../helpers/apart.js';
import { given } from '../helpers/golden.js';
import {
  batchNormCols,
  batchNormRows,
  type GoldenNorms,
  goldenNorms,
  layerNormCols,
  layerNormRows,
  runNormsRecipe,
} from '../helpers/golden-norms.js';

const EPS = 1e-5;
const kernels = await compileKernels();

/** An engine, and arrays in its memory. */
function open(name: 'wasm' | 'reference') {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
  const engine = createEngine({ name }, 'float64', memory, kernels);
  let end = 0;
  const room = (n: number) => {
    end += 8 * n;
    return end - 8 * n;
  };
  const read = (at: number, n: number) => new Float64Array(memory.buffer, at, n).slice();
  const put = (values: ArrayLike<number>) => {
    const at = room(values.length);
    new Float64Array(memory.buffer, at, values.length).set(values);
    return at;
  };
  return { engine, room, read, put };
}

function layerNorm(name: 'wasm' | 'reference'): GoldenNorms['layerNorm'] {
  const { engine, room, read, put } = open(name);
  const { forward, backward } = engine.layers['layer-norm'];
  const [rows, cols] = [layerNormRows, layerNormCols];
  const n = rows * cols;
  const [x, gamma, beta] = [put(given(n, 500, 2)), put(given(cols, 1, 0.9)), put(given(cols, 50, 0.9))];
  const [y, kept, delta, sums] = [room(n), room(2 * rows), put(given(n, 900, 1)), room(2 * cols)];
  forward(x, gamma, beta, y, kept, rows, cols, EPS);
  backward(x, gamma, delta, kept, sums, rows, cols);
  return listed({
    y: read(y, n),
    dx: read(delta, n),
    dgamma: read(sums, cols),
    dbeta: read(sums + 8 * cols, cols),
  });
}

/** Three minibatches, each cut into shards; what is kept is of the first, but the running statistics. */
function batchNorm(name: 'wasm' | 'reference', shards: number): Omit<GoldenNorms, 'layerNorm'> {
  const { engine, room, read, put } = open(name);
  const ops: Engine['layers']['batch-norm'] = engine.layers['batch-norm'];
  const [rows, cols] = [batchNormRows, batchNormCols];
  const n = rows * cols;
  const [gamma, beta] = [put(given(cols, 1, 0.9)), put(given(cols, 50, 0.9))];
  const [y, stats, totals] = [room(n), room(3 * cols), room(2 * cols + 1)];
  const delta = put(given(n, 900, 1));
  const running = put([...new Array(cols).fill(0), ...new Array(cols).fill(1)]);
  const stride = 8 * (2 * cols + 2);
  const parts = room((shards * stride) / 8);
  const minibatches = [0, 1, 2].map((k) => put(given(n, 500 + k * n, 2)));
  const eachShard = (use: (shard: number, at: number, count: number) => void) => {
    for (let s = 0; s < shards; s++) {
      const first = Math.floor((s * rows) / shards);
      use(s, 8 * cols * first, Math.floor(((s + 1) * rows) / shards) - first);
    }
  };
  for (const [k, x] of minibatches.entries()) {
    eachShard((s, at, count) => ops.sums(x + at, parts + s * stride, count, cols));
    ops.merge(parts, stride, shards, rows, cols, stats, EPS);
    ops.running(running, stats, cols, 0.1, rows);
    if (k > 0) continue;
    eachShard((_, at, count) => ops.forward(x + at, gamma, beta, y + at, stats, count, cols));
    eachShard((s, at, count) =>
      ops.backward_sums(x + at, delta + at, stats, parts + s * stride, count, cols),
    );
    engine.shards_sum(totals, parts, stride, shards, 2 * cols);
    eachShard((_, at, count) => ops.backward(x + at, gamma, delta + at, stats, totals, rows, count, cols));
  }
  const evaluated = room(n);
  ops.evaluate(minibatches[0], gamma, beta, running, evaluated, rows, cols, EPS);
  return {
    batchNorm: listed({
      y: read(y, n),
      dx: read(delta, n),
      dgamma: read(totals, cols),
      dbeta: read(totals + 8 * cols, cols),
    }),
    running: listed({ mean: read(running, cols), variance: read(running + 8 * cols, cols) }),
    evaluated: [...read(evaluated, n)],
  };
}

function listed<Key extends string>(arrays: Record<Key, Float64Array>): Record<Key, number[]> {
  return Object.fromEntries(
    Object.entries<Float64Array>(arrays).map(([key, array]) => [key, [...array]]),
  ) as Record<Key, number[]>;
}

/** The largest difference of any number of two results of the same make. */
function furthest(got: object, wanted: object): number {
  const numbers = (result: object): number[] =>
    Object.entries(result)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, value]) => (Array.isArray(value) ? (value as number[]) : numbers(value)));
  return apart(numbers(got), numbers(wanted));
}

const { layerNorm: wantedLayerNorm, ...wantedBatchNorm } = goldenNorms;
for (const engine of ['wasm', 'reference'] as const) {
  t.test(`${engine}: as PyTorch`, async (t) => {
    const layerNormApart = furthest(layerNorm(engine), wantedLayerNorm);
    t.ok(layerNormApart <= 1e-12, `layer-norm ${layerNormApart} apart`);
    for (const shards of [1, 2, 3, 5, 8]) {
      const batchNormApart = furthest(batchNorm(engine, shards), wantedBatchNorm);
      t.ok(batchNormApart <= 1e-12, `batch-norm of ${shards} shards ${batchNormApart} apart`);
    }
  });
}

const printed = runNormsRecipe();
const skip = printed === null && 'no Python with PyTorch on this machine';
t.test('the recipe prints these arrays', { skip }, async (t) => {
  // another PyTorch may sum in another order
  t.ok(furthest(printed ?? {}, goldenNorms) <= 1e-13);
});
