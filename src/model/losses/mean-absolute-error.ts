/**
 * Mean absolute error: (1/K) Σ_k |ŷ_k − y_k| over the K outputs of a row, with any output activation: PyTorch's L1Loss,
 * Keras's MeanAbsoluteError. Its derivative is the sign, and 0 where output and target are the same.
 */
import { activationNames } from '../activations/index.js';
import { crossesTarget, type Loss, ofTerms } from './loss.js';

export const meanAbsoluteError: Loss = {
  description: 'Absolute differences, averaged over the outputs: for values, some of which are far off.',
  activations: activationNames,
  targets: 'values',
  fromLogits: false,
  mixes: true,
  kink: crossesTarget,
  ...ofTerms(
    (h, y) => Math.abs(h - y),
    (h, y) => Math.sign(h - y),
  ),
};
