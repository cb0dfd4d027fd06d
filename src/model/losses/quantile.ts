/**
 * The quantile (pinball) loss (Koenker and Bassett 1978): q·(y − ŷ) where the target lies above the output, (1 − q)·(ŷ − y)
 * where it lies below, averaged over the K outputs of a row, with any output activation. Least where a share q of the
 * targets lies below the output; scikit-learn's `mean_pinball_loss`. With q = ½ it is half the mean absolute error.
 *
 * With `quantiles` each target has an output for each of them, one beside the other; outputs may cross where the network has
 * not learned enough to keep them apart.
 */
import type { Options, Spec, Values } from '../../options.js';
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
  quantiles: {
    type: 'numbers',
    least: 2,
    most: 9,
    above: 0,
    below: 1,
    optional: true,
    description:
      'In place of quantile several of them, in ascending order: each target then has an output for each.',
  },
} as const satisfies Options;

const shareOf = ({ quantile, quantiles }: Values<typeof options>, output: number): number =>
  quantiles === undefined ? quantile : quantiles[output % quantiles.length];

export const quantile: Loss<typeof options> = {
  description:
    'Of values of which a share is to lie below the output, such as nine tenths: a quantile in place of a mean.',
  options,
  activations: activationNames,
  targets: 'values',
  fromLogits: false,
  mixes: true,
  kink: crossesTarget,
  problem({ quantile, quantiles }) {
    if (quantiles === undefined) return undefined;
    if (quantile !== options.quantile.default) {
      return {
        key: 'quantile',
        message: 'expected either quantile or quantiles, got both; leave one of them out',
      };
    }
    const place = quantiles.findIndex((each, k) => k > 0 && !(each > quantiles[k - 1]));
    if (place < 0) return undefined;
    return {
      key: 'quantiles',
      message: `expected them in ascending order, got ${quantiles[place]} behind ${quantiles[place - 1]}`,
    };
  },
  each: ({ quantiles }) => quantiles?.map((each) => `q${each}`),
  metrics: ({ quantile, quantiles }) => [
    { name: 'pinball', ...(quantiles === undefined ? { quantile } : { quantiles }) } as Spec,
  ],
  ...ofTerms<typeof options>(
    (h, y, options, output) => {
      const share = shareOf(options, output);
      return y < h ? (share - 1) * (y - h) : share * (y - h);
    },
    (h, y, options, output) => {
      const share = shareOf(options, output);
      return y > h ? -share : y < h ? 1 - share : y - h;
    },
  ),
};
