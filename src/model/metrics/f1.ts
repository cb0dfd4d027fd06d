/** F1: the harmonic mean of precision and recall, 2·right/(taken + actual). */
import { f1Of, matchedMetric } from './matched.js';

export const f1 = matchedMetric('The harmonic mean of precision and recall, 1 at best.', f1Of);
