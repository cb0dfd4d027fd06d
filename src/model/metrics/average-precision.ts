/**
 * Average precision: Σ_n (R_n − R_{n−1})·P_n, R_n and P_n recall and precision where every row with at least the n-th
 * largest distinct output is taken for one of the class; no interpolation (scikit-learn's `average_precision_score`).
 */
import { type Ranked, rankedMetric } from './ranked.js';

function averageOf({ positives, negatives }: Ranked): number {
  let right = positives.length;
  let wrong = negatives.length;
  let sum = 0;
  while (right > 0) {
    const score = positives[right - 1];
    const before = right;
    while (right > 0 && positives[right - 1] === score) right--;
    while (wrong > 0 && negatives[wrong - 1] >= score) wrong--;
    const taken = positives.length - right;
    sum += (before - right) * (taken / (taken + negatives.length - wrong));
  }
  return sum / positives.length;
}

export const averagePrecision = rankedMetric(
  'Area under the curve of precision by recall; the mean over several classes, each against the others.',
  averageOf,
);
