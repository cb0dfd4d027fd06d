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
  /** Where these are some rows of a table: a column of all rows, and where these stand. */
  whole?(name: string): Promise<Pick<Table, 'place'> & { readonly column: Column }>;
}

/** The text of a category in a row; null: missing. */
export function textAt({ names, codes }: CategoryColumn, row: number): string | null {
  return codes[row] < 0 ? null : names[codes[row]];
}

/** Whether a row has no value. */
export function isMissing(column: Column, row: number): boolean {
  return column.type === 'category' ? column.codes[row] < 0 : Number.isNaN(column.values[row]);
}

/** Some rows of a table, in their order. */
export interface RowList {
  readonly length: number;
  each(use: (row: number) => void): void;
}

export function rowList(rows: Uint32Array): RowList {
  return {
    length: rows.length,
    each(use) {
      for (const row of rows) use(row);
    },
  };
}

/** A table to look at, column by column: not all of them may be in memory at a time. */
export interface SeenTable {
  readonly rows: number;
  /** In the order of the table. */
  readonly names: readonly string[];
  /** A column whole; undefined where it was not read. */
  column(name: string): Promise<Column | undefined>;
  /** The first rows of all columns. */
  first(rows: number): Promise<Pick<Table, 'rows' | 'columns'>>;
}

export function inMemory(table: Table): SeenTable {
  return {
    rows: table.rows,
    names: [...table.columns.keys()],
    column: async (name) => table.columns.get(name),
    first: async () => table,
  };
}
