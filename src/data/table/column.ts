/** Columns of a table in memory: numbers, categories, dates. */

/** What a column's values are taken for. */
export const columnTypes = ['number', 'category', 'date'] as const;
export type ColumnType = (typeof columnTypes)[number];

/** Values; NaN is missing. Dates are in milliseconds since 1970-01-01T00:00Z. */
export interface NumberColumn {
  readonly type: 'number' | 'date';
  readonly values: Float64Array;
}

/** Each row's place in `names`, −1 is missing. Names are in the order in which the table has them first. */
export interface CategoryColumn {
  readonly type: 'category';
  readonly names: readonly string[];
  readonly codes: Int32Array;
}

export type Column = NumberColumn | CategoryColumn;

/** A table that was read. */
export interface Table {
  /** Where it came from, for messages. */
  readonly where: string;
  readonly rows: number;
  /** Columns by their names, in the order of the table. */
  readonly columns: ReadonlyMap<string, Column>;
  /** Where a row stands, for messages: `adult.csv:17`. */
  place(row: number): Promise<string>;
}

/** The text of a category in a row; null: missing. */
export function textAt({ names, codes }: CategoryColumn, row: number): string | null {
  return codes[row] < 0 ? null : names[codes[row]];
}

/** Whether a row has no value. */
export function isMissing(column: Column, row: number): boolean {
  return column.type === 'category' ? column.codes[row] < 0 : Number.isNaN(column.values[row]);
}
