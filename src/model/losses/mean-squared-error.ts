/**
 * Mean squared error: (1/K) Σ_k (ŷ_k − y_k)² over the K outputs of a row, with any output activation.
 * Averaged over the rows too, this is what Keras and PyTorch call by that name.
 */
import { activationNames } from '../activations/index.js';
import { type Loss, outputMinusTarget } from './loss.js';

export const meanSquaredError: Loss = {
  description: 'Squared differences, averaged over the outputs: for values.',
  activations: activationNames,
  targets: 'values',
  fromLogits: false,
  mixes: true,
  forward(h, y, weights, rows, cols) {
    let sum = 0;
    for (let r = 0; r < rows; r++) {
      const weight = weights === null ? 1 : weights[r];
      for (let i = r * cols; i < (r + 1) * cols; i++) sum += weight * (h[i] - y[i]) ** 2;
    }
    return sum / cols;
  },
  backward(h, y, weights, delta, rows, cols) {
    outputMinusTarget(h, y, weights, delta, rows, cols, { factor: 2 / cols });
  },
};
