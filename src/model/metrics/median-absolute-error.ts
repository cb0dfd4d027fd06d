/** Median absolute error: the median of |ŷ − y| over the rows; the mean of these over several outputs. */
import type { RankingMetric } from './metric.js';

export const medianAbsoluteError: RankingMetric = {
  description: 'Median of the absolute errors, in the unit of the targets; mean over the outputs.',
  tasks: ['regression'],
  better: 'lower',
  usual: false,
  adds: 'ranks',
  size: (outputs) => outputs,
  rank(h, y, { rows, outputs }, output, space, place) {
    for (let row = 0, at = output; row < rows; row++, at += outputs) space[row] = Math.abs(h[at] - y[at]);
    const errors = space.subarray(0, rows).sort();
    const half = rows >> 1;
    const median = rows % 2 === 0 ? (errors[half - 1] + errors[half]) / 2 : errors[half];
    // NaN comes last in the order.
    place[0] = Number.isNaN(errors[rows - 1]) ? Number.NaN : median;
  },
  result: (medians, { outputs }) => ({ value: medians.reduce((sum, each) => sum + each, 0) / outputs }),
};
