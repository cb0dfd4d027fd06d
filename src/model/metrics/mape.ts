/**
 * Mean absolute percentage error: the mean of |ŷ − y| / max(ε, |y|) over rows and outputs, ε = 2⁻⁵² as scikit-learn's
 * `mean_absolute_percentage_error` has it, a share of 1 and no percentage. A target of 0 makes it huge.
 */
import type { SummingMetric } from './metric.js';

export const mape: SummingMetric = {
  description: 'Mean of the absolute errors, each as a share of its target: huge where a target is 0.',
  tasks: ['regression'],
  better: 'lower',
  usual: false,
  share: true,
  adds: 'sums',
  size: () => 1,
  piece(h, y, { rows, outputs }, place) {
    let sum = 0;
    for (let i = 0; i < rows * outputs; i++) {
      sum += Math.abs(h[i] - y[i]) / Math.max(Number.EPSILON, Math.abs(y[i]));
    }
    place[0] = sum;
  },
  merge(total, place) {
    total[0] += place[0];
  },
  result: ([sum], { rows, outputs }) => ({ value: sum / (rows * outputs) }),
};
