/**
 * Pinball loss: the mean over rows and outputs of q·(y − ŷ) where the target lies above the output and (1 − q)·(ŷ − y)
 * where it lies below (scikit-learn's `mean_pinball_loss`), in the unit of the targets: what the loss `quantile` makes small.
 */
import type { Options, Values } from '../../options.js';
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

export const pinball: SummingMetric<typeof options> = {
  description: 'Mean pinball loss, which the right quantile makes smallest, in the unit of the targets.',
  options,
  tasks: ['regression'],
  better: 'lower',
  usual: false,
  asked: true,
  adds: 'sums',
  size: () => 1,
  piece(h, y, { rows, outputs, spec }, place) {
    const { quantile = 0.5 } = spec as typeof spec & Values<typeof options>;
    let sum = 0;
    for (let i = 0; i < rows * outputs; i++) {
      const apart = y[i] - h[i];
      sum += apart < 0 ? (quantile - 1) * apart : quantile * apart;
    }
    place[0] = sum;
  },
  merge(total, place) {
    total[0] += place[0];
  },
  result: ([sum], { rows, outputs }) => ({ value: sum / (rows * outputs) }),
};
