/**
 * Huber's loss (1964): ½d² of d = ŷ − y up to |d| = δ, beyond that δ(|d| − ½δ), averaged over the K outputs of a row, with
 * any output activation: PyTorch's HuberLoss, Keras's Huber. With δ 1 it is PyTorch's SmoothL1Loss too.
 */
import type { Options } from '../../options.js';
import { activationNames } from '../activations/index.js';
import { type Loss, ofTerms } from './loss.js';

const options = {
  delta: {
    type: 'number',
    above: 0,
    default: 1,
    description:
      'Up to which difference it is squared, beyond which it grows in a straight line; in the units of the scaled target.',
  },
} as const satisfies Options;

export const huber: Loss<typeof options> = {
  description:
    'Squared differences, of large ones the absolute value: for values, some of which are far off.',
  options,
  activations: activationNames,
  targets: 'values',
  fromLogits: false,
  mixes: true,
  ...ofTerms<typeof options>(
    (h, y, { delta }) => {
      const size = Math.abs(h - y);
      return size > delta ? delta * (size - 0.5 * delta) : 0.5 * size * size;
    },
    (h, y, { delta }) => Math.max(-delta, Math.min(delta, h - y)),
  ),
};
