/** Rows of a table as the numbers that lie in memory for them. */

import { quoted, UserError } from '../../errors.js';
import { pauseForMessages } from '../../machine/abandoned.js';
import { atWork } from '../../machine/work.js';
import {
  CellProblem,
  codeOf,
  encodeDate,
  encodeNumber,
  type FittedCategory,
  type FittedColumn,
  scaled,
  slotsOf,
} from '../../preprocess/fitted.js';
import type { CategoryColumn, RowList, Table } from './column.js';
import { textAt } from './column.js';
import { strayOf } from './stray.js';

/**
 * Fills `into` with the rows' slots, `width` numbers a row.
 * @param rows which rows of the table
 * @throws UserError for a cell that the fit has no place for, with file, row and column
 */
export async function encodeRows(
  table: Table,
  columns: readonly FittedColumn[],
  rows: Uint32Array,
  width: number,
  into: Float64Array,
): Promise<void> {
  let at = 0;
  for (const column of columns) {
    await pauseForMessages();
    atWork({ what: 'encoding the columns', done: at, total: width });
    const given = table.columns.get(column.name);
    if (given === undefined) throw new Error(`no column ${column.name}`);
    let k = 0;
    try {
      if (given.type === 'category' && column.type === 'category') {
        const values = valuesOf(given, column);
        for (; k < rows.length; k++) {
          const value = values[given.codes[rows[k]] + 1];
          // Not a number: an error, which codeOf tells.
          if (Number.isNaN(value)) codeOf(column, textAt(given, rows[k]));
          into[k * width + at] = value;
        }
      } else if (given.type !== 'category' && column.type === 'number') {
        for (; k < rows.length; k++) encodeNumber(column, given.values[rows[k]], into, k * width + at);
      } else if (given.type !== 'category' && column.type === 'date') {
        for (; k < rows.length; k++) encodeDate(column, given.values[rows[k]], into, k * width + at);
      } else throw new Error(`column ${column.name} is of ${given.type}, not of ${column.type}`);
    } catch (error) {
      if (!(error instanceof CellProblem)) throw error;
      throw await cellError(table, column, rows[k], error);
    }
    at += slotsOf(column).length;
  }
}

/**
 * Looks whether the fit has a place for every cell of a column.
 * @param missing the first row without a value; −1: there is none
 * @throws UserError as `encodeRows`
 */
export async function checkCells(
  table: Table,
  column: FittedColumn,
  rows: RowList,
  missing: number,
): Promise<void> {
  if (column.type !== 'category') {
    if (column.fill !== null || missing < 0) return;
    throw await cellError(table, column, missing, new CellProblem('is missing'));
  }
  const given = table.columns.get(column.name);
  if (given?.type !== 'category') return;
  const values = valuesOf(given, column);
  if (!values.some((value) => Number.isNaN(value))) return;
  let first = -1;
  rows.each((row) => {
    if (first < 0 && Number.isNaN(values[given.codes[row] + 1])) first = row;
  });
  if (first < 0) return;
  try {
    codeOf(column, textAt(given, first));
  } catch (error) {
    if (error instanceof CellProblem) throw await cellError(table, column, first, error);
    throw error;
  }
}

/** Of each column that was fitted, for which names: made once, however many parts of a table come. */
const made = new WeakMap<
  FittedCategory,
  { readonly names: readonly string[]; readonly values: Float64Array }
>();

/** What each category of the table becomes, after what a missing one does; NaN where it is an error. */
function valuesOf({ names }: CategoryColumn, column: FittedCategory): Float64Array {
  const known = made.get(column);
  if (known?.names === names) return known.values;
  const { encode } = column;
  const value = (text: string | null): number => {
    try {
      const code = codeOf(column, text);
      return encode.name === 'ordinal' ? scaled(code, encode.scale) : code;
    } catch (error) {
      if (error instanceof CellProblem) return Number.NaN;
      throw error;
    }
  };
  const values = new Float64Array(names.length + 1);
  values[0] = value(null);
  for (const [code, text] of names.entries()) values[code + 1] = value(text);
  made.set(column, { names, values });
  return values;
}

async function cellError(
  table: Table,
  column: FittedColumn,
  row: number,
  problem: CellProblem,
): Promise<UserError> {
  const place = await table.place(row);
  const name = JSON.stringify(column.name);
  if (problem.message === 'is missing') {
    const rules = {
      number: 'median, mean, mode, constant, indicator or drop',
      category: 'category, mode, constant or drop',
      date: 'median, mean, mode, constant or drop',
    };
    return new UserError(
      `${place}: column ${name}: a value is missing, and no rule says what stands for it; set data.${column.type}.missing ` +
        `or data.columns.${column.name}.missing: ${rules[column.type]}`,
    );
  }
  const whole = await table.whole?.(column.name);
  const odd = strayOf(whole?.column ?? table.columns.get(column.name));
  if (odd !== undefined) {
    return new UserError(
      `${await (whole ?? table).place(odd.row)}: column ${name}: ${quoted(odd.text)} is no number although the column's other values ` +
        'are, which makes it one of categories; correct it, or add it to data.missing if it means a missing value',
    );
  }
  return new UserError(
    `${place}: column ${name} ${problem.message}; set unseen: ignore (none of the categories) for it, or stratify the split`,
  );
}
