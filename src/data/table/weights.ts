/** The column of sample weights: how much each row counts in the loss. */
import { quoted, UserError } from '../../errors.js';
import type { Table } from './column.js';

/** Larger ones would not be finite in float32, once a class's weight is multiplied in. */
const MOST = 1e30;

/**
 * Fills in the weights of `rows` of the table, in their order.
 * @throws UserError for a row without a weight, or with one that is none, with file, row and column
 */
export async function fillWeights(
  table: Table,
  name: string,
  rows: Uint32Array,
  into: Float64Array,
): Promise<void> {
  const column = table.columns.get(name);
  if (column?.type !== 'number') {
    throw new UserError(
      `data.weight: expected a column of numbers, and ${quoted(name)} is one of ${column?.type}`,
    );
  }
  for (let k = 0; k < rows.length; k++) {
    const weight = column.values[rows[k]];
    if (weight >= 0 && weight <= MOST) {
      into[k] = weight;
      continue;
    }
    const got = Number.isNaN(weight)
      ? `no value; leave such rows out (data.columns.${name}.missing: drop)`
      : String(weight);
    throw new UserError(
      `${await table.place(rows[k])}: column ${quoted(name)}: expected a weight from 0 to ${MOST}, got ${got}`,
    );
  }
}
