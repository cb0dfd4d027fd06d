/** Mean absolute error: the mean of |ŷ − y| over rows and outputs, in the unit of the targets. */
import type { SummingMetric } from './metric.js';

export const mae: SummingMetric = {
  description: 'Mean absolute error over rows and outputs, in the unit of the targets.',
  tasks: ['regression'],
  better: 'lower',
  usual: true,
  adds: 'sums',
  size: () => 1,
  piece(h, y, { rows, outputs }, place) {
    let sum = 0;
    for (let i = 0; i < rows * outputs; i++) sum += Math.abs(h[i] - y[i]);
    place[0] = sum;
  },
  merge(total, place) {
    total[0] += place[0];
  },
  result: ([sum], { rows, outputs }) => ({ value: sum / (rows * outputs) }),
};
