/** The column of sample weights: how much each row counts in the loss. */
import { quoted, UserError } from '../../errors.js';
import { type RowList, rowList, type Table } from './column.js';

/** Larger ones would not be finite in float32, once a class's weight is multiplied in. */
const MOST = 1e30;

/**
 * Hands over the weights of `rows` of the table, in their order.
 * @throws UserError for a row without a weight, and for one that is none, with file, row and column
 */
export async function eachWeight(
  table: Table,
  name: string,
  rows: RowList,
  use: (weight: number) => void,
): Promise<void> {
  const column = table.columns.get(name);
  if (column?.type !== 'number') {
    throw new UserError(
      `data.weight: expected a column of numbers, and ${quoted(name)} is one of ${column?.type}`,
    );
  }
  let wrong = -1;
  rows.each((row) => {
    const weight = column.values[row];
    if (weight >= 0 && weight <= MOST) use(weight);
    else if (wrong < 0) wrong = row;
  });
  if (wrong < 0) return;
  const weight = column.values[wrong];
  const got = Number.isNaN(weight)
    ? `no value; leave such rows out (data.columns.${name}.missing: drop)`
    : String(weight);
  throw new UserError(
    `${await table.place(wrong)}: column ${quoted(name)}: expected a weight from 0 to ${MOST}, got ${got}`,
  );
}

/** Fills in the weights of `rows` of the table, in their order. @throws UserError as `eachWeight` */
export async function fillWeights(
  table: Table,
  name: string,
  rows: Uint32Array,
  into: Float64Array,
): Promise<void> {
  let k = 0;
  await eachWeight(table, name, rowList(rows), (weight) => {
    into[k++] = weight;
  });
}
