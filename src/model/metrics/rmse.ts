/**
 * Root mean squared error: √ of the mean of (ŷ − y)² over the rows, in the unit of the targets. Of several outputs it is
 * the mean of their errors (scikit-learn's `uniform_average`), not the root of their mean.
 */
import type { SummingMetric } from './metric.js';

export const rmse: SummingMetric = {
  description: 'Root mean squared error over the rows, in the unit of the targets; mean over the outputs.',
  tasks: ['regression'],
  better: 'lower',
  usual: true,
  adds: 'sums',
  size: (outputs) => outputs,
  piece(h, y, { rows, outputs }, place) {
    place.fill(0);
    for (let row = 0; row < rows; row++) {
      const at = row * outputs;
      for (let k = 0; k < outputs; k++) place[k] += (h[at + k] - y[at + k]) ** 2;
    }
  },
  merge(total, place) {
    for (let k = 0; k < total.length; k++) total[k] += place[k];
  },
  result(total, { rows, outputs }) {
    let sum = 0;
    for (let k = 0; k < outputs; k++) sum += Math.sqrt(total[k] / rows);
    return { value: sum / outputs };
  },
};
