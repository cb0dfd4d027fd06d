/** Files of their own for each part. */
import { UserError } from '../../errors.js';
import type { Options } from '../../options.js';
import { rowsOf, type SplitFamily, shuffled, trainRows } from './split.js';

const options = {
  validation: {
    type: 'rows',
    description:
      "Validation rows, or their share, drawn from the training file's by the seed, where it has no file.",
    default: 0,
  },
} as const satisfies Options;

/** The parts are the files, in their order; without a file for validation, some of the first are drawn by the seed. */
export const files: SplitFamily<typeof options> = {
  description: 'The parts are the files that data.path names.',
  options,
  ignoresSeed: ({ validation }) => validation === 0,
  plan({ first, test, validation: own = 0, where }, { validation: wanted }) {
    const rows = first - own;
    if (own > 0 && wanted > 0) {
      throw new UserError('data.split.validation: validation has a file of its own; leave it out');
    }
    const drawn = rowsOf(wanted, rows);
    const train = trainRows(undefined, rows, { train: 0, validation: drawn, test: 0 }, where);
    const range = (from: number, count: number) => Uint32Array.from({ length: count }, (_, k) => from + k);
    return {
      parts: { train, validation: own + drawn, test },
      split(seed) {
        const order = drawn > 0 ? shuffled(rows, seed) : range(0, rows);
        return {
          train: order.slice(0, train),
          validation: own > 0 ? range(rows, own) : order.slice(train),
          test: range(first, test),
        };
      },
    };
  },
};
