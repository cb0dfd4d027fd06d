/** Folders of their own for the parts, as collections of images often have them. */
import { UserError } from '../../errors.js';
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
  validation: {
    type: 'rows',
    description:
      "Validation rows, or their share, drawn from the training folder's by the seed. Default: 0.1, or none where they have a folder.",
    optional: true,
  },
  stratify: {
    type: 'boolean',
    default: false,
    description: 'Whether validation has the classes in the same shares as training.',
  },
} as const satisfies Options;

const VALIDATION_SHARE = 0.1;

/** The test rows are those of the test folder; validation is a folder too, or is cut from the training folder. */
export const folders: SplitFamily<typeof options> = {
  description: 'The parts are folders: train/, test/ and maybe validation/, else that is cut from train/.',
  options,
  ignoresSeed: ({ validation }) => validation === 0,
  plan(sets, { validation: wanted, stratify }) {
    const { first, test, validation: own = 0, where } = sets;
    if (test === 0 && own === 0) {
      throw new UserError(
        `data.split: "folders" needs parts of their own, as in the folders train/ and test/, and ${where} has none; use "random"`,
      );
    }
    if (own > 0 && wanted !== undefined && wanted > 0) {
      throw new UserError('data.split.validation: validation has a folder of its own; leave it out');
    }
    const rows = first - own;
    const drawn = own > 0 ? 0 : rowsOf(wanted ?? VALIDATION_SHARE, rows);
    const train = trainRows(undefined, rows, { train: 0, validation: drawn, test: 0 }, where);
    const classes = stratify ? classesOf(sets) : undefined;
    const range = (from: number, count: number) => Uint32Array.from({ length: count }, (_, k) => from + k);
    const cut = (order: Uint32Array): { train: Uint32Array; validation: Uint32Array } => {
      if (classes === undefined) return { train: order.slice(0, train), validation: order.slice(train) };
      const counts = countsOf(classes, rows);
      const [forTrain, forValidation] = dealt(order, classes, [quotas(counts, train, counts)]);
      return { train: Uint32Array.from(forTrain), validation: Uint32Array.from(forValidation) };
    };
    return {
      parts: { train, validation: own + drawn, test },
      split(seed) {
        const parts =
          drawn > 0 ? cut(shuffled(rows, seed)) : { train: range(0, rows), validation: range(rows, own) };
        return { ...parts, test: range(first, test) };
      },
    };
  },
};
