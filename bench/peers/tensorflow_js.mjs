/**
 * A peer: TensorFlow.js, `--backend cpu` (plain JavaScript) or `wasm` (its SIMD kernels; one thread in Node). The
 * step is written with the core's own `minimize`, which is quicker than the layers' `fit`.
 */
import { load, measure, missing, mnist, oneHot, options, parametersOf } from './common.mjs';

const chosen = options({ backend: { type: 'string', default: 'wasm' } });
if (chosen.threads !== 1)
  missing('TensorFlow.js with more than one thread', 'it has one in Node: --threads 1');
const { module: tf, version } = await load('@tensorflow/tfjs');
if (chosen.backend === 'wasm') await load('@tensorflow/tfjs-backend-wasm');
else if (chosen.backend !== 'cpu') missing(`the backend "${chosen.backend}"`, 'there are cpu and wasm');
if (!(await tf.setBackend(chosen.backend))) missing(`the backend ${chosen.backend}`, 'see above');
await tf.ready();

const { rows, pixels, classes } = mnist(chosen);
const outputs = chosen.widths[chosen.widths.length - 1];
const x = tf.tensor2d(pixels, [rows, 784]);
const y = tf.tensor2d(oneHot(classes, outputs), [rows, outputs]);
const layers = parametersOf(chosen).map(({ w, b }) => ({
  w: tf.variable(tf.tensor2d(w, [w.length / b.length, b.length])),
  b: tf.variable(tf.tensor1d(b)),
}));
const optimizer = tf.train.sgd(chosen.rate);

const step = (batch) =>
  tf.tidy(() => {
    const index = tf.tensor1d(Int32Array.from(batch), 'int32');
    const inputs = tf.gather(x, index);
    const targets = tf.gather(y, index);
    optimizer.minimize(() => {
      const logits = layers.reduce((h, { w, b }, l) => {
        const u = tf.add(tf.matMul(h, w), b);
        return l < layers.length - 1 ? tf.relu(u) : u;
      }, inputs);
      return tf.losses.softmaxCrossEntropy(targets, logits);
    });
    // Kernels may be queued: a step is done when a weight can be read.
    layers[layers.length - 1].b.dataSync();
  });
const parameters = () => layers.map(({ w, b }) => ({ w: w.dataSync(), b: b.dataSync() }));
await measure(chosen, { peer: 'tensorflow.js', version, backend: chosen.backend }, rows, step, parameters);
