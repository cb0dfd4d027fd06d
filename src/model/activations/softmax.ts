/**
 * Softmax over each row: f(x)_k = e^(x_k − m)/Σ_j e^(x_j − m) with m = max_j x_j, so that nothing overflows.
 * Its Jacobian is p_k(δ_kj − p_j), so f′ applied to Δ is p_k(Δ_k − Σ_j p_j Δ_j).
 */
import type { Activation } from './activation.js';

export const softmax: Activation = {
  description: 'Probabilities over a row, in (0, 1) with the sum 1: for outputs of which one class is true.',
  saves: 'output',
  probabilities: true,
  leastUnits: { units: 2, instead: 'sigmoid' },
  forward(u, h, rows, cols) {
    for (let start = 0; start < rows * cols; start += cols) {
      let max = Number.NEGATIVE_INFINITY;
      for (let k = start; k < start + cols; k++) max = Math.max(max, u[k]);
      let sum = 0;
      for (let k = start; k < start + cols; k++) {
        h[k] = Math.exp(u[k] - max);
        sum += h[k];
      }
      for (let k = start; k < start + cols; k++) h[k] /= sum;
    }
  },
  backward(h, delta, rows, cols) {
    for (let start = 0; start < rows * cols; start += cols) {
      let dot = 0;
      for (let k = start; k < start + cols; k++) dot += h[k] * delta[k];
      for (let k = start; k < start + cols; k++) delta[k] = h[k] * (delta[k] - dot);
    }
  },
};
