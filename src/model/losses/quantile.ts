/**
 * The quantile (pinball) loss (Koenker and Bassett 1978): q·(y − ŷ) where the target lies above the output, (1 − q)·(ŷ − y)
 * where it lies below, averaged over the K outputs of a row, with any output activation. Least where a share q of the
 * targets lies below the output; scikit-learn's `mean_pinball_loss`. With q = ½ it is half the mean absolute error.
 */
import type { Options, Spec } from '../../options.js';
import { activationNames } from '../activations/index.js';
import { crossesTarget, type Loss, ofTerms } from './loss.js';

const options = {
  quantile: {
    type: 'number',
    above: 0,
    below: 1,
    default: 0.5,
    description: 'The share of targets that are to lie below the output.',
  },
} as const satisfies Options;

export const quantile: Loss<typeof options> = {
  description:
    'Of values of which a share is to lie below the output, such as nine tenths: a quantile in place of a mean.',
  options,
  activations: activationNames,
  targets: 'values',
  fromLogits: false,
  mixes: true,
  kink: crossesTarget,
  metrics: ({ quantile }) => [{ name: 'pinball', quantile } as Spec],
  ...ofTerms<typeof options>(
    (h, y, { quantile }) => (y < h ? (quantile - 1) * (y - h) : quantile * (y - h)),
    (h, y, { quantile }) => (y > h ? -quantile : y < h ? 1 - quantile : y - h),
  ),
};
