/** The latest rows are for the test, as in use: what is to be predicted comes after what was learned from. */
import { UserError } from '../../errors.js';
import type { Options } from '../../options.js';
import { rowsOf, type SplitFamily, trainRows } from './split.js';

const options = {
  column: { type: 'text', description: 'Column of dates or numbers that says which rows are later.' },
  validation: { type: 'rows', description: 'Validation rows, or their share of all rows.', default: 0.1 },
  test: { type: 'rows', description: 'Test rows, or their share of all rows.', default: 0.1 },
} as const satisfies Options;

/** The last rows by the column are for the test, those before them for validation, the others for training; rows of one instant stay in the order of the table. */
export const time: SplitFamily<typeof options> = {
  description: 'The latest rows by a column are for the test, those before them for validation.',
  options,
  ignoresSeed: () => true,
  plan({ first, test: second, where, rows: known }, { column, ...others }) {
    const rows = first + second;
    const validation = rowsOf(others.validation, rows);
    const test = rowsOf(others.test, rows);
    const train = trainRows(undefined, rows, { train: 0, validation, test }, where);
    if (known === undefined)
      throw new UserError(`data.split: "time" needs columns with names, and ${where} has none`);
    const { values, names } = known.column(column);
    if (names) {
      throw new UserError(
        `data.split.column: expected a column of dates or numbers, and "${column}" is one of categories`,
      );
    }
    return {
      parts: { train, validation, test },
      split() {
        const order = Uint32Array.from({ length: rows }, (_, row) => row);
        const missing = order.find((row) => Number.isNaN(values[row]));
        if (missing !== undefined) {
          throw new UserError(
            `data.split.column: "${column}" has no value in row ${missing + 1} of ${where}`,
          );
        }
        order.sort((a, b) => values[a] - values[b] || a - b);
        return {
          train: order.slice(0, train),
          validation: order.slice(train, train + validation),
          test: order.slice(train + validation),
        };
      },
    };
  },
};
