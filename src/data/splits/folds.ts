/** One fold of a k-fold cross-validation: every row is in the test of exactly one of them. */
import { UserError } from '../../errors.js';
import type { Options } from '../../options.js';
import { classesOf, countsOf, dealt, quotas, rowsOf, type SplitFamily, shuffled } from './split.js';

const options = {
  folds: { type: 'integer', min: 2, max: 1000, default: 5, description: 'How many folds there are.' },
  fold: { type: 'integer', min: 1, max: 1000, default: 1, description: 'Which of them is the test.' },
  validation: {
    type: 'rows',
    default: 0.1,
    description: 'Validation rows, or their share of those that are not in the test.',
  },
  stratify: {
    type: 'boolean',
    default: false,
    description: 'Whether folds have the classes in the same shares.',
  },
  seed: {
    type: 'integer',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    default: 0,
    description: 'What the folds follow from: the same for all of them.',
  },
} as const satisfies Options;

/** Rows are shuffled by the seed (class by class, with `stratify`) and dealt out to the folds in turn. */
export const folds: SplitFamily<typeof options> = {
  description: 'One fold of several is the test: for cross-validation.',
  options,
  ignoresSeed: () => true,
  plan(sets, { folds: count, fold, validation: wanted, stratify, seed }) {
    const rows = sets.first + sets.test;
    if (fold > count) throw new UserError(`data.split.fold: expected 1 to ${count}, got ${fold}`);
    if (count > rows)
      throw new UserError(`data.split.folds: expected at most ${rows}, one a row, got ${count}`);
    const classes = stratify ? classesOf(sets) : undefined;
    const order = shuffled(rows, seed);
    // Class by class: dealing in turn then gives each fold its share of each.
    const inTurn = classes ? Uint32Array.from(order).sort((a, b) => classes[a] - classes[b]) : order;
    const test: number[] = [];
    const inTest = new Uint8Array(rows);
    for (let k = fold - 1; k < rows; k += count) {
      test.push(inTurn[k]);
      inTest[inTurn[k]] = 1;
    }
    const rest = order.filter((row) => inTest[row] === 0);
    const validation = rowsOf(wanted, rest.length);
    if (validation >= rest.length) {
      throw new UserError(
        `data.split.validation: leaves no row for training of the ${rest.length} outside the test`,
      );
    }
    let [train, forValidation] = [
      rest.slice(0, rest.length - validation),
      rest.slice(rest.length - validation),
    ];
    if (classes) {
      const counts = countsOf(
        Uint32Array.from(rest, (row) => classes[row]),
        rest.length,
      );
      const [drawn, others] = dealt(rest, classes, [quotas(counts, validation, counts)]);
      [train, forValidation] = [Uint32Array.from(others), Uint32Array.from(drawn)];
    }
    return {
      parts: { train: train.length, validation, test: test.length },
      split: () => ({ train, validation: forValidation, test: Uint32Array.from(test) }),
    };
  },
};
