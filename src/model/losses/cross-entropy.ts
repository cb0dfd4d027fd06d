/**
 * Cross-entropy of softmax outputs: −Σ_k y_k log ŷ_k, y a distribution (each row sums to 1).
 * Computed from the logits as Σ_k y_k (m + log Σ_j e^(u_j − m) − u_k), m = max_j u_j (log-sum-exp).
 */
import { softmax } from '../activations/softmax.js';
import { type Loss, outputMinusTarget } from './loss.js';

export const crossEntropy: Loss = {
  activations: ['softmax'],
  targets: 'classes',
  fromLogits: true,
  forward(h, y, rows, cols) {
    let total = 0;
    for (let start = 0; start < rows * cols; start += cols) {
      let max = Number.NEGATIVE_INFINITY;
      for (let k = start; k < start + cols; k++) max = Math.max(max, h[k]);
      let sum = 0;
      for (let k = start; k < start + cols; k++) sum += Math.exp(h[k] - max);
      const logSum = max + Math.log(sum);
      for (let k = start; k < start + cols; k++) if (y[k] !== 0) total += y[k] * (logSum - h[k]);
    }
    softmax.forward(h, h, rows, cols);
    return total;
  },
  backward: outputMinusTarget,
};
