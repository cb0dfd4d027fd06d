/** Precision, recall and F1 of each class as a table, as scikit-learn's `classification_report` has it. */
import { MOST_CLASSES } from './confusion.js';
import {
  countMatched,
  f1Of,
  isSeen,
  type Matched,
  matchedIn,
  precisionOf,
  recallOf,
  sizeOfMatched,
} from './matched.js';
import type { CountingMetric } from './metric.js';

/** A class that neither targets nor predictions have has no figures. */
const figuresOf = (matched: Matched): (number | null)[] =>
  isSeen(matched)
    ? [precisionOf(matched), recallOf(matched), f1Of(matched), matched.actual]
    : [null, null, null, 0];

export const perClass: CountingMetric = {
  description: `Table: precision, recall and F1 of each class, and its rows; at most ${MOST_CLASSES} classes.`,
  tasks: ['classification', 'binary', 'multi-label'],
  better: null,
  axes: 'down: the class',
  columns: ['precision', 'recall', 'f1', 'rows'],
  usual: false,
  adds: 'counts',
  refuse: (outputs) =>
    outputs > MOST_CLASSES ? `expected at most ${MOST_CLASSES} classes, got ${outputs}` : undefined,
  size: sizeOfMatched,
  count: countMatched,
  result: (counts, extent) => ({ value: matchedIn(counts, extent).map(figuresOf) }),
};
