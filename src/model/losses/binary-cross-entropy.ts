/**
 * Binary cross-entropy of sigmoid outputs: −Σ [y log ŷ + (1 − y) log(1 − ŷ)], summed over a row's outputs.
 * Computed from the logits as max(u, 0) − u·y + log(1 + e^−|u|), which stays finite and true where log ŷ
 * would overflow or be clipped flat.
 */
import { sigmoid } from '../activations/sigmoid.js';
import { type Loss, outputMinusTarget } from './loss.js';

export const binaryCrossEntropy: Loss = {
  activations: ['sigmoid'],
  targets: 'binary',
  fromLogits: true,
  forward(h, y, rows, cols) {
    let sum = 0;
    for (let i = 0; i < rows * cols; i++) {
      const u = h[i];
      sum += Math.max(u, 0) - u * y[i] + Math.log1p(Math.exp(-Math.abs(u)));
    }
    sigmoid.forward(h, h, rows, cols);
    return sum;
  },
  backward: outputMinusTarget,
};
