/**
 * Binary cross-entropy of sigmoid outputs: −(1/K) Σ_k [y_k log ŷ_k + (1 − y_k) log(1 − ŷ_k)] over the K outputs of a
 * row, as Keras and PyTorch have it. Computed from the logits as max(u, 0) − u·y + log(1 + e^−|u|), which stays finite
 * and true where log ŷ would overflow or be clipped flat. Label smoothing ε makes y(1 − ε) + ε/2 of each target.
 */
import type { Options } from '../../options.js';
import { sigmoid } from '../activations/sigmoid.js';
import { type Loss, labelSmoothing, outputMinusTarget, refuseOutside } from './loss.js';

const options = { labelSmoothing } as const satisfies Options;

export const binaryCrossEntropy: Loss<typeof options> = {
  description: 'Of probabilities that are each their own, averaged over the outputs: for yes or no.',
  options,
  activations: ['sigmoid'],
  fromLogits: true,
  refuse: refuseOutside,
  mixes: true,
  targets: 'binary',
  forward(h, y, weights, rows, cols, { labelSmoothing }) {
    let sum = 0;
    for (let r = 0; r < rows; r++) {
      const weight = weights === null ? 1 : weights[r];
      for (let i = r * cols; i < (r + 1) * cols; i++) {
        const u = h[i];
        const target = (1 - labelSmoothing) * y[i] + labelSmoothing / 2;
        sum += weight * (Math.max(u, 0) - u * target + Math.log1p(Math.exp(-Math.abs(u))));
      }
    }
    sigmoid.forward(h, h, rows, cols, {});
    return sum / cols;
  },
  backward(h, y, weights, delta, rows, cols, { labelSmoothing }) {
    const smoothing = { keep: 1 - labelSmoothing, spread: labelSmoothing / 2 };
    outputMinusTarget(h, y, weights, delta, rows, cols, { factor: 1 / cols, ...smoothing });
  },
};
