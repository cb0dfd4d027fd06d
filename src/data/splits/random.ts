/** Rows drawn at random, whichever set they come from. */
import type { Options } from '../../options.js';
import { rowsOf, type SplitFamily, shuffled, trainRows } from './split.js';

const options = {
  train: {
    type: 'rows',
    description: 'Training rows, or their share of all rows. Default: what the others leave.',
    optional: true,
  },
  validation: { type: 'rows', description: 'Validation rows, or their share of all rows.', default: 0.1 },
  test: { type: 'rows', description: 'Test rows, or their share of all rows.', default: 0.1 },
} as const satisfies Options;

/**
 * All rows, those of a test set too, are shuffled by the seed; the first are for training, those after them for
 * validation, those after these for the test. What is then left goes unused.
 */
export const random: SplitFamily<typeof options> = {
  description: 'All rows, those of a test set too, pooled and drawn at random by the seed.',
  options,
  plan({ first, test: second, where }, { train: wanted, ...others }) {
    const rows = first + second;
    const validation = rowsOf(others.validation, rows);
    const test = rowsOf(others.test, rows);
    const train = trainRows(wanted, rows, { train: 0, validation, test }, where);
    return {
      parts: { train, validation, test },
      split(seed) {
        const order = shuffled(rows, seed);
        const used = train + validation + test;
        return {
          train: order.slice(0, train),
          validation: order.slice(train, train + validation),
          test: order.slice(train + validation, used),
          unused: rows - used,
        };
      },
    };
  },
};
