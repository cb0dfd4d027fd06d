/**
 * Pinball loss: the mean over rows and outputs of q·(y − ŷ) where the target lies above the output and (1 − q)·(ŷ − y)
 * where it lies below (scikit-learn's `mean_pinball_loss`), in the unit of the targets: what the loss `quantile` makes small.
 */
import type { Options, Spec, Values } from '../../options.js';
import type { SummingMetric } from './metric.js';

const options = {
  quantile: {
    type: 'number',
    above: 0,
    below: 1,
    optional: true,
    description:
      'The share of targets that are to lie below the output; default: that of the loss "quantile", else 0.5.',
  },
} as const satisfies Options;

/** With those of the loss, where each target has an output for each of them. */
type Asked = Spec & Values<typeof options> & { readonly quantiles?: readonly number[] };

export const pinball: SummingMetric<typeof options> = {
  description: 'Mean pinball loss, which the right quantile makes smallest, in the unit of the targets.',
  options,
  tasks: ['regression'],
  each: true,
  better: 'lower',
  usual: false,
  asked: true,
  refuse(_outputs, spec) {
    const { quantile, quantiles } = spec as Asked;
    return quantile === undefined || quantiles === undefined
      ? undefined
      : `expected no quantile beside those of the loss, got ${quantile}; leave it out`;
  },
  adds: 'sums',
  size: () => 1,
  piece(h, y, { rows, outputs, spec }, place) {
    const { quantile = 0.5, quantiles = [quantile] } = spec as Asked;
    let sum = 0;
    for (let i = 0; i < rows * outputs; i++) {
      const apart = y[i] - h[i];
      const share = quantiles[(i % outputs) % quantiles.length];
      sum += apart < 0 ? (share - 1) * apart : share * apart;
    }
    place[0] = sum;
  },
  merge(total, place) {
    total[0] += place[0];
  },
  result: ([sum], { rows, outputs }) => ({ value: sum / (rows * outputs) }),
};
