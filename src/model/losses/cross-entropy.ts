/**
 * Cross-entropy of softmax outputs: −Σ_k y_k log ŷ_k, y a distribution (each row sums to 1).
 * Computed from the logits as Σ_k y_k (m + log Σ_j e^(u_j − m) − u_k), m = max_j u_j (log-sum-exp).
 * Label smoothing ε makes y(1 − ε) + ε/K of each of a row's K targets.
 */
import type { Options } from '../../options.js';
import { softmax } from '../activations/softmax.js';
import { type Loss, labelSmoothing, outputMinusTarget, refuseShares } from './loss.js';

const options = { labelSmoothing } as const satisfies Options;

export const crossEntropy: Loss<typeof options> = {
  description: 'Of probabilities over classes, of which one is true.',
  options,
  activations: ['softmax'],
  targets: 'classes',
  fromLogits: true,
  refuse: refuseShares,
  mixes: true,
  forward(h, y, weights, rows, cols, { labelSmoothing }) {
    let total = 0;
    for (let r = 0; r < rows; r++) {
      const weight = weights === null ? 1 : weights[r];
      const [start, end] = [r * cols, (r + 1) * cols];
      let max = Number.NEGATIVE_INFINITY;
      for (let k = start; k < end; k++) max = Math.max(max, h[k]);
      let sum = 0;
      for (let k = start; k < end; k++) sum += Math.exp(h[k] - max);
      const logSum = max + Math.log(sum);
      for (let k = start; k < end; k++) {
        const target = (1 - labelSmoothing) * y[k] + labelSmoothing / cols;
        // A target of 0 adds nothing, even where u_k is infinite.
        if (target !== 0) total += weight * (target * (logSum - h[k]));
      }
    }
    softmax.forward(h, h, rows, cols, {});
    return total;
  },
  backward(h, y, weights, delta, rows, cols, { labelSmoothing }) {
    const smoothing = { keep: 1 - labelSmoothing, spread: labelSmoothing / cols };
    outputMinusTarget(h, y, weights, delta, rows, cols, smoothing);
  },
};
