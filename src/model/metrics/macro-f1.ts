/** Macro F1: `f1` with the average `macro`, of two classes too. */
import { f1Of, macroMetric } from './matched.js';

export const macroF1 = macroMetric(
  'F1 averaged over the classes that targets or predictions have, each counting the same.',
  f1Of,
);
