/** When layers share a matrix, and when they must not. */
import t from 'tap';
import { type LayerSpec, network } from '../../src/model/network.js';
import { matricesOf } from '../../src/plan/matrices.js';

const act = (activation: string): LayerSpec => ({ name: 'activation', activation });
const dense = (units: number, activation?: string): LayerSpec => ({ units, activation });
const batchNorm: LayerSpec = { name: 'batch-norm' };
const dropout: LayerSpec = { name: 'dropout', rate: 0.5 };
const of = (layers: readonly LayerSpec[], evaluate = false) =>
  matricesOf(network(5, layers, { name: 'he-uniform' }), evaluate);

t.test(
  'an activation that saves its output takes the place of the sums, one that saves its input does not',
  async (t) => {
    t.match(of([dense(4, 'tanh'), dense(3, 'softmax')]), { values: [4, 3], outputs: [0, 0, 1, 1] });
    t.match(of([dense(4, 'gelu'), dense(3, 'softmax')]), { values: [4, 4, 3], outputs: [0, 1, 2, 2] });
  },
);

t.test('what an activation saves is not overwritten by what works in place after it', async (t) => {
  t.strictSame(of([dense(4, 'tanh'), dropout, dense(3)]).outputs, [0, 0, 1, 2]);
  t.strictSame(of([dense(4, 'tanh'), act('sigmoid'), dense(3)]).outputs, [0, 0, 1, 2]);
  // Its input is kept, and its output nobody reads.
  t.strictSame(of([dense(4, 'gelu'), act('tanh'), dense(3)]).outputs, [0, 1, 1, 2]);
  t.strictSame(of([dense(4, 'gelu'), dropout, dense(3)]).outputs, [0, 1, 1, 2]);
  t.strictSame(of([dense(4, 'gelu'), act('silu'), dense(3)]).outputs, [0, 1, 2, 3]);
});

t.test('what a norm reads stays; its outputs may be overwritten', async (t) => {
  const { values, outputs } = of([dense(4), batchNorm, act('tanh'), dropout, dense(3)]);
  t.strictSame(outputs, [0, 1, 1, 2, 3]);
  t.strictSame(values, [4, 4, 4, 3]);
  t.strictSame(of([dense(4, 'tanh'), batchNorm, batchNorm]).outputs, [0, 0, 1, 2]);
});

t.test('dropout in a row, and before an activation, needs no other matrix', async (t) => {
  t.strictSame(of([dense(4), dropout, dropout, act('tanh'), dense(3)]).outputs, [0, 0, 0, 0, 1]);
});

t.test('the inputs are nobody’s to overwrite', async (t) => {
  for (const first of [dropout, act('tanh'), act('gelu'), batchNorm]) {
    t.match(of([first, dense(3)]), { values: [5, 3], outputs: [0, 1] });
  }
});

t.test('Δ: one matrix from a dense layer to the next, none where nothing is learned before', async (t) => {
  t.match(of([dense(4, 'gelu'), batchNorm, dropout, dense(3, 'softmax')]), {
    deltas: [3, 4],
    outputDelta: [1, 1, 1, 1, 0, 0],
    inputDelta: [-1, 1, 1, 1, 1, 0],
  });
  t.match(of([dropout, act('tanh'), dense(3)]), {
    deltas: [3],
    outputDelta: [-1, -1, 0],
    inputDelta: [-1, -1, -1],
  });
  t.match(of([batchNorm, dense(3)]), { deltas: [3, 5], outputDelta: [1, 0], inputDelta: [1, 1] });
  t.match(of([dropout, batchNorm, dense(3)]), { deltas: [3, 5], outputDelta: [1, 1, 0] });
});

t.test('an evaluation takes turns between two matrices, as wide as it needs', async (t) => {
  const layers = [dense(4, 'gelu'), batchNorm, act('tanh'), dense(9), act('silu'), dense(3, 'softmax')];
  const { values, outputs } = of(layers, true);
  // Not even what saves its input needs it afterwards.
  t.match({ values, outputs }, { values: [9, 4], outputs: [0, 0, 1, 1, 0, 0, 1, 1] });
  const net = network(5, layers, { name: 'he-uniform' });
  for (const [l, { type }] of net.layers.entries()) {
    if (l > 0 && type !== 'activation')
      t.not(outputs[l], outputs[l - 1], `${type} does not read where it writes`);
  }
  t.match(of([dense(4)], true), { values: [4], outputs: [0] });
});

const residual = (...layers: LayerSpec[]): LayerSpec => ({ name: 'residual', layers });

t.test('what goes around layers stays until it is added, and Δ too', async (t) => {
  // dense, tanh; fork, tanh, dense, sum; dense
  const layers = [dense(4, 'tanh'), residual(act('tanh'), dense(4)), dense(3)];
  t.match(of(layers), {
    outputs: [0, 0, 0, 1, 2, 2, 3],
    deltas: [3, 4, 4, 4],
    outputDelta: [3, 3, 3, 3, 2, 1, 0],
    inputDelta: [-1, 3, 3, 3, 3, 2, 1],
  });
  // In an evaluation a third matrix, and one more for each way in a way.
  t.match(of(layers, true), { values: [4, 4], outputs: [0, 0, 0, 1, 2, 2, 0].map((at) => at) });
});

t.test('every matrix is as wide as what lies in it', async (t) => {
  for (const evaluate of [true, false]) {
    const layers = [batchNorm, dense(11, 'relu'), dropout, dense(2, 'gelu'), dense(7), batchNorm];
    const { values, outputs } = of(layers, evaluate);
    for (const [l, layer] of network(5, layers, { name: 'he-uniform' }).layers.entries()) {
      t.ok(values[outputs[l]] >= layer.outputs);
    }
  }
});
