/** What is to be predicted of rows of a table, by what a fit left of the target. */
import { quoted, shortened, UserError } from '../../errors.js';
import { type FittedTarget, scaled } from '../../preprocess/fitted.js';
import { type Column, type ColumnType, isMissing, type Table } from './column.js';

/** A column that holds what is to be predicted, and what a row's output is by its value. */
export interface TargetColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** NaN: none of the model's. */
  readonly output: (column: Column, row: number) => number;
}

/**
 * Fills in the targets of rows of a table, in their order.
 * @throws UserError for a row without one, and for one that is none of the model's, with file, row and column
 */
export async function fillTargets(
  table: Table,
  wanted: readonly TargetColumn[],
  rows: Uint32Array,
  into: { [at: number]: number },
): Promise<void> {
  for (const [k, { name, output }] of wanted.entries()) {
    const column = table.columns.get(name) as Column;
    for (let r = 0; r < rows.length; r++) {
      const row = rows[r];
      const value = isMissing(column, row) ? Number.NaN : output(column, row);
      if (Number.isNaN(value)) throw await wrongTarget(table, name, column, row);
      into[r * wanted.length + k] = value;
    }
  }
}

async function wrongTarget(table: Table, name: string, column: Column, row: number): Promise<UserError> {
  const where = `${await table.place(row)}: column ${quoted(name)}`;
  if (isMissing(column, row)) return new UserError(`${where}: the target is missing`);
  return new UserError(
    `${where}: ${quoted(shortened(textOf(column, row), 40))} is none of the model's classes`,
  );
}

export function targetColumns(target: FittedTarget): TargetColumn[] {
  if (target.kind === 'values') {
    return target.columns.map(({ name, scale }) => ({
      name,
      type: 'number',
      output: (column, row) => (column.type === 'category' ? Number.NaN : scaled(column.values[row], scale)),
    }));
  }
  const each = target.kind === 'class' ? [{ name: target.column, ...target }] : target.columns;
  return each.map(({ name, classes, numeric }) => {
    const places = new Map(classes.map((text, place) => [text, place]));
    return {
      name,
      type: numeric ? 'number' : 'category',
      output: (column, row) => places.get(textOf(column, row)) ?? Number.NaN,
    };
  });
}

function textOf(column: Column, row: number): string {
  if (column.type === 'category') return column.names[column.codes[row]];
  return column.type === 'date' ? new Date(column.values[row]).toISOString() : String(column.values[row]);
}
