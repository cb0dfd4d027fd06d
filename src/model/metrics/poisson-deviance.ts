/**
 * Poisson deviance: the mean over rows and outputs of 2(y·log(y/ŷ) − y + ŷ), 0·log 0 being 0 (scikit-learn's
 * `mean_poisson_deviance`): 0 where every count is as predicted. Undefined, and null, where a target is below 0, or an
 * output is not above 0.
 */
import type { SummingMetric } from './metric.js';

/** After the sum: targets below 0, outputs that are not above 0. */
const PLACES = 3;

export const poissonDeviance: SummingMetric = {
  description: 'Mean deviance of counts from the rates that were predicted, 0 at best.',
  tasks: ['regression'],
  better: 'lower',
  usual: false,
  asked: true,
  mayBeUndefined: true,
  adds: 'sums',
  size: () => PLACES,
  piece(h, y, { rows, outputs }, place) {
    place.fill(0);
    for (let i = 0; i < rows * outputs; i++) {
      if (y[i] < 0) place[1]++;
      if (h[i] <= 0) place[2]++;
      place[0] += 2 * ((y[i] === 0 ? 0 : y[i] * Math.log(y[i] / h[i])) - y[i] + h[i]);
    }
  },
  merge(total, place) {
    for (let k = 0; k < PLACES; k++) total[k] += place[k];
  },
  result([sum, targets, values], { rows, outputs }) {
    if (targets > 0) return { value: null, reason: 'a target is below 0' };
    if (values > 0) return { value: null, reason: 'an output is not above 0' };
    return { value: sum / (rows * outputs) };
  },
};
