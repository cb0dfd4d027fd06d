/**
 * Noise added to a layer's inputs while training (Keras's GaussianNoise): as the first layer, input noise (Bishop 1995,
 * "Training with noise is equivalent to Tikhonov regularization"). In an evaluation nothing happens. Which numbers is a
 * function of the seed, the step, the layer, the row's place in the minibatch and the unit: the same for any threads and
 * after any resume.
 */
import { keyOf } from '../../philox.js';
import { operationsOf } from './formulas/formula.js';
import { gaussianNoise as formulas } from './formulas/gaussian-noise.js';
import { gaussianNoise as forward } from './forward/gaussian-noise.js';
import { beginning, layerType } from './layer.js';

export const gaussianNoise = layerType({
  description: 'While training, adds normal noise to its inputs.',
  options: {
    deviation: {
      type: 'number',
      min: 0,
      max: 1e6,
      default: 0.1,
      description: 'Standard deviation of the noise; its mean is 0.',
    },
  },
  formulas,
  drawsBy: 'deviation',
  inPlace: true,
  deltaInPlace: true,

  shape: (inputs) => beginning(forward.shape(inputs), {}),
  byUnit: () => true,
  reads: () => ({ input: false, output: false }),
  operations: ({ inputs }) => ({ forward: 8 * inputs, backward: 0, gradient: 0 }),

  bind({ inputs: cols, index, options }, { engine, inputs, outputs, seed, mode }) {
    const ops = operationsOf(engine, 'gaussian-noise', formulas);
    const rowBytes = cols * engine.bytes;
    const [k0, k1] = keyOf(seed, index);
    const deviation = mode === 'train' ? Number(options.deviation) : 0;
    return {
      forward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const from = inputs[batch.slot] + first * rowBytes;
        const to = outputs + first * rowBytes;
        if (deviation > 0)
          ops.forward(from, to, rows, cols, batch.base + first, deviation, k0, k1, batch.step);
        else if (to !== from) engine.copy(from, to, rows * cols);
      },
      // Δ by the inputs is Δ by the outputs, and stands in its place.
      backward: () => {},
      gradient: () => {},
    };
  },

  numeric({ inputs: cols, index, options }, { seed, step }) {
    const [k0, k1] = keyOf(seed, index);
    const deviation = Number(options.deviation);
    return {
      forward: (x, y, row) => formulas.forward.run(x, y, 1, cols, row, deviation, k0, k1, step),
      unit: () => 0,
      slope: () => 0,
    };
  },
});
