/** Recall: of the rows of a class, the share that were taken for it. */
import { matchedMetric, recallOf } from './matched.js';

export const recall = matchedMetric('Of the rows of a class, the share that were taken for it.', recallOf);
