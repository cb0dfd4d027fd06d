/**
 * Hinge loss of several classes (Crammer and Singer 2001): max(0, 1 + max_{j≠c} u_j − u_c) of the logits u, c the row's
 * class: scikit-learn's `hinge_loss`. Keras's CategoricalHinge counts a 0 among the other logits too, and PyTorch's
 * MultiMarginLoss sums over all of them. The loss applies softmax itself, so the class is the largest output as with any
 * other loss; the outputs are no probabilities. A margin below 1 is e·ŷ_j > ŷ_c.
 */
import { softmax } from '../activations/softmax.js';
import { type Loss, refuseNoClass } from './loss.js';

export const categoricalHinge: Loss = {
  description: 'Of classes, until the right one leads by a margin, as support vector machines have it.',
  activations: ['softmax'],
  targets: 'classes',
  ranks: true,
  fromLogits: true,
  refuse: refuseNoClass,
  kink(u, before, y, cols) {
    const own = largest(y, 0, cols, -1);
    const other = largest(u, 0, cols, own);
    const short = (values: Float64Array) => 1 + values[other] - values[own] > 0;
    return other !== largest(before, 0, cols, own) || (other >= 0 && short(u) !== short(before));
  },
  forward(h, y, weights, rows, cols) {
    let total = 0;
    for (let r = 0; r < rows; r++) {
      const at = r * cols;
      const own = largest(y, at, cols, -1);
      const other = largest(h, at, cols, own);
      if (other >= 0)
        total += (weights === null ? 1 : weights[r]) * Math.max(0, 1 + h[at + other] - h[at + own]);
    }
    softmax.forward(h, h, rows, cols, {});
    return total;
  },
  backward(h, y, weights, delta, rows, cols) {
    for (let r = 0; r < rows; r++) {
      const at = r * cols;
      const own = largest(y, at, cols, -1);
      const other = largest(h, at, cols, own);
      for (let k = at; k < at + cols; k++) delta[k] = h[k] - h[k]; // NaN stays
      if (other < 0 || !(h[at + other] * Math.E > h[at + own])) continue;
      const weight = weights === null ? 1 : weights[r];
      delta[at + other] = weight;
      delta[at + own] = -weight;
    }
  },
};

/** The place in a row, from `at` on, of the first of the largest values but for the place `but`; −1: there is none. */
function largest(values: Float64Array, at: number, cols: number, but: number): number {
  let found = -1;
  for (let k = 0; k < cols; k++) {
    if (k !== but && (found < 0 || values[at + k] > values[at + found])) found = k;
  }
  return found;
}
