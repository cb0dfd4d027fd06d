/** Precision: of the rows that were taken for a class, the share that are of it. */
import { matchedMetric, precisionOf } from './matched.js';

export const precision = matchedMetric(
  'Of the rows that were taken for a class, the share that are of it.',
  precisionOf,
);
