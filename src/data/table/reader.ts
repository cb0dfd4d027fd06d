/** What a reader of tables offers: a format of files, or what a program hands over. */
import { quoted, shortened, UserError } from '../../errors.js';
import { type CellOptions, ColumnBuilder } from './builder.js';
import type { Column, ColumnType, Table } from './column.js';

/** A table that was opened: its columns' names are known, its rows are not read yet. */
export interface TableReader {
  /** Where it is, for messages: a path, mostly. */
  readonly where: string;
  readonly names: readonly string[];
  /** Those that no table can have, such as lists, which are to be ignored: what they are, in words. Undefined: none. */
  readonly refused?: ReadonlyMap<string, string>;
  /**
   * Hands over every cell of every row, in order, to the builder of its column, `undefined` where nobody wants it. May
   * be called again, and then begins anew.
   * @throws UserError for what is no such file, with file and line
   */
  read(into: readonly (ColumnBuilder | undefined)[]): Promise<void>;
  /** Where a row, counted from 0, stands, for messages: `adult.csv:17`. */
  place(row: number): Promise<string>;
  /** What its cells follow from; undefined where that cannot be told, or is not worth it. */
  identity?(): Promise<Identity | undefined>;
  /** Of a table of several files, the row that each ends before: `read` fills it in, or whoever has what it read. */
  readonly ends?: number[];
}

/** Bytes: smaller files are read sooner than anything is kept of them. */
export const LEAST_KEPT = 1 << 20;

/** What tells a table that is read in some way from all others. */
export interface Identity {
  /** The same where the same cells come. */
  readonly key: string;
  /** Whether what is to be read is still what the key was made of. */
  unchanged(): Promise<boolean>;
}

/** What is known of the columns before they are read. */
export interface Wanted {
  /** Types by column; others follow from the cells. */
  readonly types: ReadonlyMap<string, ColumnType>;
  /** Columns to leave out. */
  readonly ignore: ReadonlySet<string>;
  readonly cells: CellOptions;
  /** Those of `types` that can have no other type. */
  readonly fixed?: readonly string[];
  /** What takes a column's cells; default: `ColumnBuilder`. @param type undefined: it follows from the cells */
  readonly builder?: (name: string, type: ColumnType | undefined) => ColumnBuilder;
  /** Is called before the rows are read, and before they are read again. */
  readonly begin?: () => void;
}

/**
 * Reads all rows of all columns that are wanted; twice, where a column began with numbers and goes on with other texts.
 * @throws UserError for cells that are not of a type that was given, with file, row and column
 */
export async function readTable(reader: TableReader, wanted: Wanted): Promise<Table> {
  const builders = await readColumns(reader, wanted);
  const columns = new Map<string, Column>();
  let rows = 0;
  for (const [name, builder] of builders) {
    rows = builder.rows;
    columns.set(name, builder.finish());
  }
  return { where: reader.where, rows, columns, place: (row) => reader.place(row) };
}

/** As `readTable`; what took the cells, by the columns' names. */
export async function readColumns(
  reader: TableReader,
  { types, ignore, cells, builder: make = (_, type) => new ColumnBuilder(type, cells), begin, fixed }: Wanted,
): Promise<Map<string, ColumnBuilder>> {
  const { names } = reader;
  const given = new Map(types);
  for (;;) {
    begin?.();
    const builders = names.map((name) => (ignore.has(name) ? undefined : make(name, given.get(name))));
    await reader.read(builders);
    const again: [string, ColumnType][] = [];
    for (const [k, builder] of builders.entries()) {
      if (builder?.exception === undefined) continue;
      const type = types.get(names[k]);
      if (type !== undefined)
        throw await wrongCell(reader, names[k], type, builder, fixed?.includes(names[k]));
      if (builder.redo) again.push([names[k], builder.redo]);
    }
    if (again.length > 0) {
      for (const [name, type] of again) given.set(name, type);
      continue;
    }
    return new Map(builders.flatMap((builder, k) => (builder ? [[names[k], builder] as const] : [])));
  }
}

const expected: Readonly<Record<ColumnType, string>> = {
  number: 'a plain number, such as 12 or -0.5',
  date: 'a date of ISO 8601, such as 2024-02-29 or 2024-02-29T12:30:00Z',
  category: 'a text',
};

async function wrongCell(
  reader: TableReader,
  name: string,
  type: ColumnType,
  { exception }: ColumnBuilder,
  isFixed = false,
): Promise<UserError> {
  const { row, text } = exception as NonNullable<typeof exception>;
  return new UserError(
    `${await reader.place(row)}: column ${quoted(name)}: expected ${expected[type]}, got ${quoted(text)}; ` +
      (isFixed
        ? 'correct it, or leave the row out'
        : `if it means a missing value, add it to data.missing, or give the column another type (data.columns.${shortened(name)}.type)`),
  );
}
