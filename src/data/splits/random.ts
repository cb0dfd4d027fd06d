/** Rows drawn at random, whichever set they come from. */
import type { Options } from '../../options.js';
import {
  classesOf,
  countsOf,
  dealt,
  quotas,
  rowsOf,
  type SplitFamily,
  shuffled,
  trainRows,
} from './split.js';

const options = {
  train: {
    type: 'rows',
    description: 'Training rows, or their share of all rows. Default: what the others leave.',
    optional: true,
  },
  validation: { type: 'rows', description: 'Validation rows, or their share of all rows.', default: 0.1 },
  test: { type: 'rows', description: 'Test rows, or their share of all rows.', default: 0.1 },
  stratify: {
    type: 'boolean',
    default: false,
    description: 'Whether each part has the classes in the same shares.',
  },
  seed: {
    type: 'integer',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description: "What the draw follows from. Default: the run's seed.",
    optional: true,
  },
} as const satisfies Options;

/**
 * All rows, those of a test set too, are shuffled by the seed; the first are for training, those after them for
 * validation, those after these for the test. What is then left goes unused.
 */
export const random: SplitFamily<typeof options> = {
  description: 'All rows, those of a test set too, pooled and drawn at random by the seed.',
  options,
  ignoresSeed: ({ seed }) => seed !== undefined,
  plan(sets, { train: wanted, stratify, seed: own, ...others }) {
    const { where } = sets;
    const rows = sets.first + sets.test;
    const validation = rowsOf(others.validation, rows);
    const test = rowsOf(others.test, rows);
    const train = trainRows(wanted, rows, { train: 0, validation, test }, where);
    const used = train + validation + test;
    const classes = stratify ? classesOf(sets) : undefined;
    return {
      parts: { train, validation, test },
      split(seed) {
        const order = shuffled(rows, own ?? seed);
        if (classes) {
          const counts = countsOf(classes, rows);
          const ofTrain = quotas(counts, train, counts);
          const afterTrain = counts.map((count, k) => count - ofTrain[k]);
          const ofValidation = quotas(counts, validation, afterTrain);
          const afterBoth = afterTrain.map((count, k) => count - ofValidation[k]);
          const parts = dealt(order, classes, [ofTrain, ofValidation, quotas(counts, test, afterBoth)]);
          const [forTrain, forValidation, forTest] = parts.map((part) => Uint32Array.from(part));
          return { train: forTrain, validation: forValidation, test: forTest, unused: rows - used };
        }
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
