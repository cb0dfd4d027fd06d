/**
 * The divergence of Kullback and Leibler (1951) of softmax outputs from targets that are a distribution (each row sums to
 * 1): Σ_k y_k(log y_k − log ŷ_k), 0·log 0 being 0. PyTorch's KLDivLoss with `batchmean`, Keras's KLDivergence. It is the
 * cross-entropy less what no network can take from it, so 0 is the best there is; both have the same derivative.
 * Computed from the logits as Σ_k y_k(log y_k + m − u_k + log Σ_j e^(u_j − m)), m = max_j u_j.
 */
import { softmax } from '../activations/softmax.js';
import { type Loss, outputMinusTarget, refuseShares } from './loss.js';

export const klDivergence: Loss = {
  description:
    'Of probabilities over classes from those that the targets are, 0 at best: for shares in place of labels.',
  activations: ['softmax'],
  targets: 'classes',
  fromLogits: true,
  mixes: true,
  refuse: refuseShares,
  forward(h, y, weights, rows, cols) {
    let total = 0;
    for (let r = 0; r < rows; r++) {
      const weight = weights === null ? 1 : weights[r];
      const [start, end] = [r * cols, (r + 1) * cols];
      let max = Number.NEGATIVE_INFINITY;
      for (let k = start; k < end; k++) max = Math.max(max, h[k]);
      let sum = 0;
      for (let k = start; k < end; k++) sum += Math.exp(h[k] - max);
      const logSum = Math.log(sum);
      for (let k = start; k < end; k++) {
        if (y[k] !== 0) total += weight * (y[k] * (Math.log(y[k]) + (max - h[k]) + logSum));
      }
    }
    softmax.forward(h, h, rows, cols, {});
    return total;
  },
  backward(h, y, weights, delta, rows, cols) {
    outputMinusTarget(h, y, weights, delta, rows, cols, {});
  },
};
