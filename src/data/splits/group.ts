/** Rows that belong together stay together: what is learned of a patient is not tested on that patient. */
import { UserError } from '../../errors.js';
import type { Options } from '../../options.js';
import { keyed, shuffle } from '../../random.js';
import { rowsOf, type SplitFamily, trainRows } from './split.js';

const options = {
  column: {
    type: 'text',
    description: 'Column whose value is the same for rows that belong together; it is no input.',
  },
  validation: {
    type: 'rows',
    description: 'Validation rows, or their share of all rows, at least.',
    default: 0.1,
  },
  test: { type: 'rows', description: 'Test rows, or their share of all rows, at least.', default: 0.1 },
  seed: {
    type: 'integer',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description: 'What the draw follows from.',
    default: 0,
  },
} as const satisfies Options;

/** Whole groups in an order by the seed: for the test until it has its rows, then for validation, the others for training. */
export const group: SplitFamily<typeof options> = {
  description: 'At random by a seed of its own, rows with the same value in a column together.',
  options,
  ignoresSeed: () => true,
  decides: ({ column }) => [column],
  plan({ first, test: second, where, rows: known }, { column, seed, ...wanted }) {
    const rows = first + second;
    const goals = { test: rowsOf(wanted.test, rows), validation: rowsOf(wanted.validation, rows) };
    trainRows(undefined, rows, { train: 0, ...goals }, where);
    if (known === undefined)
      throw new UserError(`data.split: "group" needs columns with names, and ${where} has none`);
    const { values } = known.column(column);
    const groups = new Map<number, number[]>();
    for (let row = 0; row < rows; row++) {
      const members = groups.get(values[row]);
      if (members) members.push(row);
      else groups.set(values[row], [row]);
    }
    const all = [...groups.values()];
    const order = shuffle(
      Uint32Array.from({ length: all.length }, (_, k) => k),
      keyed(seed, 'split'),
    );
    const parts = { train: [] as number[], validation: [] as number[], test: [] as number[] };
    for (const k of order) {
      const part =
        parts.test.length < goals.test
          ? 'test'
          : parts.validation.length < goals.validation
            ? 'validation'
            : 'train';
      parts[part].push(...all[k]);
    }
    if (parts.train.length === 0) {
      throw new UserError(
        `data.split.column: "${column}" has ${all.length === 1 ? 'one group' : `${all.length} groups`}, which leave${all.length === 1 ? 's' : ''} no row for training; lower validation or test`,
      );
    }
    const [train, validation, test] = [parts.train, parts.validation, parts.test].map((part) =>
      Uint32Array.from(part).sort(),
    );
    return {
      parts: { train: train.length, validation: validation.length, test: test.length },
      split: () => ({ train, validation, test }),
    };
  },
};
