/**
 * Balanced accuracy: the mean of the recalls of the classes that the targets have, each counting the same (scikit-learn's
 * `balanced_accuracy_score`).
 */
import { countMatched, matchedIn, recallOf, sizeOfMatched } from './matched.js';
import type { CountingMetric } from './metric.js';

export const balancedAccuracy: CountingMetric = {
  description: 'Share of rows whose class is right, averaged over the classes that the targets have.',
  tasks: ['classification', 'binary'],
  better: 'higher',
  usual: false,
  share: true,
  adds: 'counts',
  size: sizeOfMatched,
  count: countMatched,
  result(counts, extent) {
    const there = matchedIn(counts, extent).filter(({ actual }) => actual > 0);
    return { value: there.reduce((sum, one) => sum + recallOf(one), 0) / there.length };
  },
};
