/**
 * Mean squared error: (1/K) Σ_k (ŷ_k − y_k)² over the K outputs of a row, with any output activation.
 * Averaged over the rows too, this is what Keras and PyTorch call by that name.
 */
import { activationNames } from '../activations/index.js';
import type { Loss } from './loss.js';

export const meanSquaredError: Loss = {
  activations: activationNames,
  targets: 'values',
  fromLogits: false,
  forward(h, y, rows, cols) {
    let sum = 0;
    for (let i = 0; i < rows * cols; i++) sum += (h[i] - y[i]) ** 2;
    return sum / cols;
  },
  backward(h, y, delta, rows, cols) {
    for (let i = 0; i < rows * cols; i++) delta[i] = (2 / cols) * (h[i] - y[i]);
  },
};
