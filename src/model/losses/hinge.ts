/**
 * Hinge loss of yes or no: max(0, 1 − t·u) of the logits u, t = 1 of a yes and −1 of a no, averaged over the K outputs of
 * a row: Keras's Hinge, scikit-learn's `hinge_loss` of two classes. It applies the output activation σ(u) itself, so an
 * output beyond ½ is a yes as with any other loss; how far beyond is no probability. The margin is by the logits:
 * u = 1 is σ(1) ≈ 0.73.
 */
import { sigmoid } from '../activations/sigmoid.js';
import { type Loss, ofTerms, refuseSoft } from './loss.js';

const AT_MARGIN = 0.7310585786300049;

const ofLogits = ofTerms(
  (u, y) => Math.max(0, y > 0.5 ? 1 - u : 1 + u),
  () => 0,
);
/** By the logit, from the output; NaN stays. */
const byLogits = ofTerms(
  () => 0,
  (h, y) => {
    if (y > 0.5) return h < AT_MARGIN ? -1 : h - h;
    return h > 1 - AT_MARGIN ? 1 : h - h;
  },
);

export const hinge: Loss = {
  description: 'Of yes or no, until it is right by a margin, as support vector machines have it.',
  activations: ['sigmoid'],
  targets: 'binary',
  ranks: true,
  fromLogits: true,
  refuse: refuseSoft,
  kink: (u, before, y) => u.some((value, k) => within(value, y[k]) !== within(before[k], y[k])),
  forward(h, y, weights, rows, cols) {
    const sum = ofLogits.forward(h, y, weights, rows, cols, {});
    sigmoid.forward(h, h, rows, cols, {});
    return sum;
  },
  backward: byLogits.backward,
};

/** Whether a logit is short of the margin. */
const within = (u: number, y: number) => (y > 0.5 ? u < 1 : u > -1);
