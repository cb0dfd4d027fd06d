/**
 * Log-cosh: log cosh(d) of d = ŷ − y, averaged over the K outputs of a row, with any output activation: Keras's LogCosh.
 * Computed as |d| + log(1 + e^(−2|d|)) − log 2, which never overflows; about ½d² near 0 and |d| − log 2 far away.
 */
import { activationNames } from '../activations/index.js';
import { type Loss, ofTerms } from './loss.js';

export const logCosh: Loss = {
  description:
    'log cosh of the differences, a Huber loss without a bend: for values, some of which are far off.',
  activations: activationNames,
  targets: 'values',
  fromLogits: false,
  mixes: true,
  ...ofTerms(
    (h, y) => {
      const size = Math.abs(h - y);
      return size + (Math.log1p(Math.exp(-2 * size)) - Math.LN2);
    },
    (h, y) => Math.tanh(h - y),
  ),
};
