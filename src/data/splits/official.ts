/** The test set as its makers cut it, so that figures can be compared with published ones. */
import { UserError } from '../../errors.js';
import type { Options } from '../../options.js';
import { rowsOf, type SplitFamily, shuffled, trainRows } from './split.js';

/** Of MNIST's 60,000 rows both are the same. */
const VALIDATION_ROWS = 10_000;
const VALIDATION_SHARE = 1 / 6;

const options = {
  train: {
    type: 'rows',
    description: 'Training rows, or their share of the first set. Default: what validation leaves.',
    optional: true,
  },
  validation: {
    type: 'rows',
    description:
      'Validation rows, or their share of the first set. Default: 10,000, or a sixth of the set where that is less.',
    optional: true,
  },
} as const satisfies Options;

/**
 * The test rows are all of the test set, and nothing else is. Those of the first set are shuffled by the seed; the first
 * are for training, those after them for validation. What is then left goes unused.
 */
export const official: SplitFamily<typeof options> = {
  description: "The data's own test set; training and validation are drawn from the other one by the seed.",
  options,
  ignoresSeed: ({ validation }) => validation === 0,
  plan({ first, test, where }, { train: wanted, validation: given }) {
    if (test === 0) {
      throw new UserError(
        `data.split: "official" needs a test set, and ${where} has none; name its files, or use "random"`,
      );
    }
    const validation =
      given === undefined ? Math.min(VALIDATION_ROWS, rowsOf(VALIDATION_SHARE, first)) : rowsOf(given, first);
    const train = trainRows(wanted, first, { train: 0, validation, test: 0 }, `the first set of ${where}`);
    return {
      parts: { train, validation, test },
      split(seed) {
        const order = shuffled(first, seed);
        return {
          train: order.slice(0, train),
          validation: order.slice(train, train + validation),
          test: Uint32Array.from({ length: test }, (_, row) => first + row),
          unused: first - train - validation,
        };
      },
    };
  },
};
