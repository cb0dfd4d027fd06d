/**
 * The confusion matrix: how many rows of each class (a row of the table) were taken for which (a column), as
 * scikit-learn's `confusion_matrix` has it. A row with a NaN among its outputs was taken for none, and is left out.
 */
import { classAt } from './decide.js';
import type { CountingMetric } from './metric.js';

/** More classes make a table that nobody reads, in each event and checkpoint of a run. */
export const MOST_CLASSES = 256;

/** A single output has two classes. */
const classesOf = (outputs: number): number => Math.max(2, outputs);

export const confusion: CountingMetric = {
  description: `Table: rows of each class (down) by the class they were taken for (across); at most ${MOST_CLASSES} classes.`,
  tasks: ['classification', 'binary'],
  better: null,
  axes: 'down: the class, across: what it was taken for',
  usual: false,
  adds: 'counts',
  refuse: (outputs) =>
    outputs > MOST_CLASSES ? `expected at most ${MOST_CLASSES} classes, got ${outputs}` : undefined,
  size: (outputs) => classesOf(outputs) ** 2,
  count(h, y, extent, counts) {
    const classes = classesOf(extent.outputs);
    for (let row = 0; row < extent.rows; row++) {
      const predicted = classAt(h, row, extent);
      const actual = classAt(y, row, extent);
      if (predicted >= 0 && actual >= 0) counts[actual * classes + predicted]++;
    }
  },
  result(counts, { outputs }) {
    const classes = classesOf(outputs);
    return {
      value: Array.from({ length: classes }, (_, row) => [
        ...counts.subarray(row * classes, (row + 1) * classes),
      ]),
    };
  },
};
