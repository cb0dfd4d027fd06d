/**
 * The area under the ROC curve, exactly: the share of pairs of a row of the class and one that is not of it in which
 * the first has the larger output, ties counting ½ (the statistic of Mann and Whitney, 1947).
 */
import { type Ranked, rankedMetric } from './ranked.js';

/** @param ranked of rows of both kinds, none of them NaN */
export function area({ positives, negatives }: Ranked): number {
  let below = 0;
  let notAbove = 0;
  let pairs = 0;
  for (const score of positives) {
    while (below < negatives.length && negatives[below] < score) below++;
    if (notAbove < below) notAbove = below;
    while (notAbove < negatives.length && negatives[notAbove] === score) notAbove++;
    pairs += (below + notAbove) / 2;
  }
  return pairs / (positives.length * negatives.length);
}

export const rocAuc = rankedMetric(
  'Area under the ROC curve, ½ for guesses; the mean over several classes, each against the others.',
  area,
);
