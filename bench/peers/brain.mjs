/**
 * A peer: brain.js. It has no minibatches and no cross-entropy: whatever the case's batch, it makes single steps, of
 * squared error after sigmoids, whose work for an example is nearly the same. One thread.
 */
import { load, measure, missing, mnist, oneHot, options } from './common.mjs';

const chosen = { ...options(), batch: 1 };
if (chosen.threads !== 1) missing('brain.js with more than one thread', 'it has one: --threads 1');
const { module, version } = await load('brain.js');
const { NeuralNetwork } = module.default;

const { rows, classes, image } = mnist(chosen);
const outputs = chosen.widths[chosen.widths.length - 1];
const y = oneHot(classes, outputs);
const net = new NeuralNetwork({ activation: 'sigmoid', learningRate: chosen.rate });
net.sizes = chosen.widths;
net.initialize();

await measure(chosen, { peer: 'brain.js', version }, rows, (batch) => {
  const [row] = batch;
  net.trainPattern({ input: image(row), output: y.subarray(row * outputs, (row + 1) * outputs) });
});
