/**
 * Focal loss of yes or no (Lin et al. 2017): α_t(1 − p_t)^γ times the binary cross-entropy, p_t the probability that the
 * truth was given, averaged over the K outputs of a row: torchvision's `sigmoid_focal_loss`, Keras's
 * BinaryFocalCrossentropy. Targets between 0 and 1, and smoothed ones (ε makes y(1 − ε) + ε/2 of each), have
 * p_t = p·y + (1 − p)(1 − y) and α_t = α·y + (1 − α)(1 − y). From the logits: with small s = e^−|u| the larger of p and 1 − p
 * is 1/(1 + s), the other s/(1 + s), and the cross-entropy max(u, 0) − u·y + log(1 + s).
 */
import type { Options, Values } from '../../options.js';
import { sigmoid } from '../activations/sigmoid.js';
import { focus, type Loss, labelSmoothing, ofTerms, refuseOutside } from './loss.js';

const options = {
  gamma: focus,
  alpha: {
    type: 'number',
    min: 0,
    max: 1,
    optional: true,
    description: 'How much a yes counts, a no counts 1 − alpha; default: both 1. The paper has 0.25.',
  },
  labelSmoothing,
} as const satisfies Options;
type Given = Values<typeof options>;

/** What the kernels get for a number that is left out is NaN. */
const share = (y: number, alpha = Number.NaN) =>
  Number.isNaN(alpha) ? 1 : alpha * y + (1 - alpha) * (1 - y);
const smoothed = (y: number, { labelSmoothing }: Given) => (1 - labelSmoothing) * y + labelSmoothing / 2;

const ofLogits = ofTerms<typeof options>(
  (u, target, options) => {
    const y = smoothed(target, options);
    const small = Math.exp(-Math.abs(u));
    const near = 1 / (1 + small);
    const far = small / (1 + small);
    const [p, rest] = u < 0 ? [far, near] : [near, far];
    const entropy = Math.max(u, 0) - u * y + Math.log1p(small);
    return share(y, options.alpha) * (p * (1 - y) + rest * y) ** options.gamma * entropy;
  },
  () => 0,
);

/** By the logit, from the output p: α_t·q^γ(γ·p(1 − p)/q·(1 − 2y)·entropy + p − y), q = 1 − p_t. */
const byLogits = ofTerms<typeof options>(
  () => 0,
  (p, target, options) => {
    const y = smoothed(target, options);
    const { gamma, alpha } = options;
    const rest = 1 - p;
    const q = p * (1 - y) + rest * y;
    let entropy = 0;
    if (y !== 0) entropy -= y * Math.log(p);
    if (y !== 1) entropy -= (1 - y) * Math.log(rest);
    // 0 in the limit, where a logarithm is infinite.
    const bent = p === 0 || p === 1 ? 0 : gamma * ((p * rest) / q) * (1 - 2 * y) * entropy;
    return share(y, alpha) * q ** gamma * (bent + (p - y));
  },
);

export const binaryFocal: Loss<typeof options> = {
  description: 'Binary cross-entropy in which outputs that are right already count little: for a rare yes.',
  options,
  activations: ['sigmoid'],
  targets: 'binary',
  fromLogits: true,
  refuse: refuseOutside,
  forward(h, y, weights, rows, cols, options) {
    const sum = ofLogits.forward(h, y, weights, rows, cols, options);
    sigmoid.forward(h, h, rows, cols, {});
    return sum;
  },
  backward: byLogits.backward,
};
