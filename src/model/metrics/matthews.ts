/**
 * Matthews' correlation coefficient (1975), of several classes as Gorodkin (2004) has it:
 * (c·n − Σ_k t_k p_k) / √((n² − Σ_k p_k²)(n² − Σ_k t_k²)), c rows of n being right, p_k taken for class k, t_k of it; 0 where
 * that is 0/0 (scikit-learn's `matthews_corrcoef`). Rows with a NaN among their outputs count as one class more.
 */
import { countMatched, matchedIn, sizeOfMatched } from './matched.js';
import type { CountingMetric } from './metric.js';

export const matthews: CountingMetric = {
  description: 'Correlation of predicted and true classes, from −1 to 1; 0 for guesses.',
  tasks: ['classification', 'binary'],
  better: 'higher',
  usual: false,
  adds: 'counts',
  size: sizeOfMatched,
  count: countMatched,
  result(counts, extent) {
    const all = matchedIn(counts, extent);
    const { rows } = extent;
    const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
    const none = rows - sum(({ taken }) => taken);
    const together = sum(({ right }) => right) * rows - sum(({ taken, actual }) => taken * actual);
    const predicted = rows ** 2 - sum(({ taken }) => taken ** 2) - none ** 2;
    const actual = rows ** 2 - sum(({ actual }) => actual ** 2);
    return { value: predicted * actual === 0 ? 0 : together / Math.sqrt(predicted * actual) };
  },
};
