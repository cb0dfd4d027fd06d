/**
 * The logarithm of softmax over each row: f(x)_k = (x_k − m) − log Σ_j e^(x_j − m), m = max_j x_j. With p = e^f(x) its
 * Jacobian is δ_kj − p_j, so f′ applied to Δ is Δ_k − p_k·Σ_j Δ_j. The loss `cross-entropy` takes this logarithm itself,
 * from `softmax`.
 */
import type { Activation } from './activation.js';

export const logSoftmax: Activation = {
  description:
    'Logarithms of probabilities over a row; the loss cross-entropy wants softmax, and takes them itself.',
  saves: 'output',
  leastUnits: { units: 2, instead: 'linear' },
  forward(u, h, rows, cols) {
    for (let start = 0; start < rows * cols; start += cols) {
      let max = Number.NEGATIVE_INFINITY;
      for (let k = start; k < start + cols; k++) max = Math.max(max, u[k]);
      let sum = 0;
      for (let k = start; k < start + cols; k++) sum += Math.exp(u[k] - max);
      const logSum = Math.log(sum);
      for (let k = start; k < start + cols; k++) h[k] = u[k] - max - logSum;
    }
  },
  backward(h, delta, rows, cols) {
    for (let start = 0; start < rows * cols; start += cols) {
      let sum = 0;
      for (let k = start; k < start + cols; k++) sum += delta[k];
      for (let k = start; k < start + cols; k++) delta[k] -= Math.exp(h[k]) * sum;
    }
  },
};
