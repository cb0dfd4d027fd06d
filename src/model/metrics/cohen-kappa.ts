/**
 * Cohen's kappa (1960): (p_o − p_e)/(1 − p_e), p_o the share of rows whose class is right, p_e that of a guess which takes
 * classes as often (scikit-learn's `cohen_kappa_score`). Undefined, and null, where targets and predictions are all of one
 * class. A row with a NaN among its outputs was taken for no class, and is not right.
 */
import { countMatched, matchedIn, sizeOfMatched } from './matched.js';
import type { CountingMetric } from './metric.js';

export const cohenKappa: CountingMetric = {
  description: 'How much more often than by chance the class is right, 1 at best, 0 for guesses.',
  tasks: ['classification', 'binary'],
  better: 'higher',
  usual: false,
  mayBeUndefined: true,
  adds: 'counts',
  size: sizeOfMatched,
  count: countMatched,
  result(counts, extent) {
    const all = matchedIn(counts, extent);
    const { rows } = extent;
    const wrong = all.reduce((sum, { right }) => sum - right, rows);
    const byChance = all.reduce((sum, { taken, actual }) => sum - (taken * actual) / rows, rows);
    if (byChance === 0) return { value: null, reason: 'targets and predictions are all of one class' };
    return { value: 1 - wrong / byChance };
  },
};
