/**
 * A peer: mind-net.js, on one thread by its model, on more by its ParallelModelWrapper, which gives each of its
 * workers a batch of its own for each step: here the minibatch's equal parts.
 */
import { load, measure, missing, mnist, oneHot, options, parametersOf } from './common.mjs';

const chosen = options();
const { module: mind, version } = await load('mind-net.js');
const { threads, batch, widths } = chosen;
if (batch % threads !== 0) missing(`a batch of ${batch} in ${threads} equal parts`, 'use fewer threads');

const model = new mind.SequentialModel(
  new mind.SgdOptimizer({ lr: chosen.rate, decay: 0 }),
  'categoricalCrossEntropy',
);
for (const [l, size] of widths.entries()) {
  const activation = l === widths.length - 1 ? 'softmax' : 'relu';
  model.addLayer(new mind.Dense(size, { activation, weightInitializer: 'xavier' }));
}
model.compile();
// Its weights lie as units x inputs, and its first layer is the images.
const layers = model.layers.slice(1);
for (const [l, { w, b }] of parametersOf(chosen).entries()) {
  for (const [unit, row] of layers[l].weights.entries()) {
    for (let i = 0; i < row.length; i++) row[i] = w[i * b.length + unit];
    layers[l].biases[unit] = b[unit];
  }
}
const parameters = () =>
  layers.map(({ weights, biases, prevSize, size }) => ({
    w: Float64Array.from({ length: prevSize * size }, (_, k) => weights[k % size][Math.floor(k / size)]),
    b: biases,
  }));

const { rows, classes, pixels } = mnist(chosen);
const outputs = widths[widths.length - 1];
// Its own arithmetic is in float64; as shared memory, so that its workers get no copies.
const shared = (values) => {
  const into = new Float64Array(new SharedArrayBuffer(values.length * 8));
  into.set(values);
  return into;
};
const x = shared(pixels);
const y = shared(oneHot(classes, outputs));
const pair = (row) => [
  x.subarray(row * 784, (row + 1) * 784),
  y.subarray(row * outputs, (row + 1) * outputs),
];

let step = (batch) => model.trainBatch(Array.from(batch, pair));
let close = async () => {};
if (threads > 1) {
  const parallel = new mind.ParallelModelWrapper(model, threads);
  await parallel.init();
  await parallel.beforeTrain();
  const part = batch / threads;
  step = (batch) =>
    parallel.trainBatch(
      Array.from({ length: threads }, (_, k) => Array.from(batch.subarray(k * part, (k + 1) * part), pair)),
    );
  close = () => parallel.terminate();
} else model.beforeTrain();
await measure(chosen, { peer: 'mind-net.js', version }, rows, step, parameters);
await close();
