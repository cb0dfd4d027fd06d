/**
 * Focal loss of classes (Lin et al. 2017): −Σ_k y_k(1 − p_k)^γ log p_k of softmax outputs p, y a distribution: with a label a
 * row the paper's −(1 − p_t)^γ log p_t; Keras's CategoricalFocalCrossentropy, whose α for each class is
 * `train.classWeights` here. Label smoothing ε makes y(1 − ε) + ε/K of each of a row's K targets. Computed from the logits:
 * log p_k = u_k − m − log Σ_j e^(u_j − m), m = max_j u_j. With a_k = p_k·∂l/∂p_k, ∂l/∂u_j = a_j − p_j Σ_k a_k.
 */
import type { Options } from '../../options.js';
import { softmax } from '../activations/softmax.js';
import { focus, type Loss, labelSmoothing, refuseShares } from './loss.js';

const options = { gamma: focus, labelSmoothing } as const satisfies Options;

export const focal: Loss<typeof options> = {
  description:
    'Cross-entropy in which rows that are right already count little: for classes of which some are rare.',
  options,
  activations: ['softmax'],
  targets: 'classes',
  fromLogits: true,
  refuse: refuseShares,
  forward(h, y, weights, rows, cols, { gamma, labelSmoothing }) {
    let total = 0;
    for (let r = 0; r < rows; r++) {
      const [start, end] = [r * cols, (r + 1) * cols];
      let max = Number.NEGATIVE_INFINITY;
      for (let k = start; k < end; k++) max = Math.max(max, h[k]);
      let powers = 0;
      for (let k = start; k < end; k++) powers += Math.exp(h[k] - max);
      const logPowers = Math.log(powers);
      let sum = 0;
      for (let k = start; k < end; k++) {
        const target = (1 - labelSmoothing) * y[k] + labelSmoothing / cols;
        if (target === 0) continue;
        const below = max - h[k] + logPowers;
        sum += target * (1 - Math.exp(-below)) ** gamma * below;
      }
      total += (weights === null ? 1 : weights[r]) * sum;
    }
    softmax.forward(h, h, rows, cols, {});
    return total;
  },
  backward(h, y, weights, delta, rows, cols, { gamma, labelSmoothing }) {
    const inward = new Float64Array(cols);
    for (let r = 0; r < rows; r++) {
      const at = r * cols;
      let sum = 0;
      for (let k = 0; k < cols; k++) {
        const target = (1 - labelSmoothing) * y[at + k] + labelSmoothing / cols;
        inward[k] = target === 0 ? 0 : inwardOf(h[at + k], target, gamma);
        sum += inward[k];
      }
      const weight = weights === null ? 1 : weights[r];
      for (let k = 0; k < cols; k++) delta[at + k] = weight * (inward[k] - h[at + k] * sum);
    }
  },
};

/** y_k(γ p_k (1 − p_k)^(γ−1) log p_k − (1 − p_k)^γ); what is 0 in the limit is 0. */
function inwardOf(p: number, target: number, gamma: number): number {
  const rest = 1 - p;
  const bent = p === 0 || rest === 0 || gamma === 0 ? 0 : (gamma * p * Math.log(p)) / rest;
  return target * rest ** gamma * (bent - 1);
}
