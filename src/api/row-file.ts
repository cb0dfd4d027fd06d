/** Rows of a file as they come, for whoever goes through it once: of any size, in bounded memory. */

import { type Column, textAt } from '../data/table/column.js';
import { readTable, type TableReader } from '../data/table/reader.js';
import { didYouMean, quoted, UserError } from '../errors.js';
import { type CsvOptions, eachRecord } from '../formats/csv.js';
import { eachObject } from '../formats/jsonl.js';
import { numberOf } from '../preprocess/cells.js';
import type { FittedColumn } from '../preprocess/fitted.js';

/** A row of a file. */
export interface FileRow {
  /** Where it stands, for messages: `new.csv:17`. */
  readonly place: string;
  /** The cells of the columns that were asked for, as the file has them: texts, or values of their types; null is missing. */
  readonly cells: readonly unknown[];
  /** What is wrong with the row as a whole, in words. */
  readonly problem?: string;
}

/** A file of rows. */
export interface RowFile {
  /** What it is called in messages. */
  readonly where: string;
  /**
   * Hands over all rows in their order, some at a time, and waits for `use` before it reads on. May be called once.
   * @param wanted the columns to hand over, by name; undefined: all there are
   * @throws UserError for columns that are not there, and for what is no such file, with file and line
   */
  each(
    wanted: readonly string[] | undefined,
    use: (rows: readonly FileRow[]) => Promise<void>,
  ): Promise<void>;
}

const nameOf = (path: string) => (path === '-' ? 'standard input' : path);

/** @throws UserError naming the first column that is not there, or twice */
function placesOf(names: readonly string[], wanted: readonly string[], where: string): number[] {
  return wanted.map((name) => {
    const at = names.indexOf(name);
    if (at < 0) {
      throw new UserError(
        `${where}: has no column ${quoted(name)}${didYouMean(name, names) || `; it has ${listed(names)}`}`,
      );
    }
    if (names.includes(name, at + 1)) throw new UserError(`${where}: has two columns named ${quoted(name)}`);
    return at;
  });
}

const listed = (names: readonly string[]) =>
  names.length > 12 ? `${names.slice(0, 12).join(', ')}, …` : names.join(', ');

export interface CsvRowOptions extends CsvOptions {
  /** Names of the columns where the first record does not hold them; those of `absent` may be left out. */
  readonly header?: readonly string[];
  readonly absent?: readonly string[];
}

/** A CSV file, whose first record names the columns, unless it is a row already. */
export function csvRows(path: string, options: CsvRowOptions): RowFile {
  const where = nameOf(path);
  return {
    where,
    async each(wanted, use) {
      let rows: FileRow[] = [];
      let places: readonly number[] | undefined;
      const take = (fields: string[], line: number) =>
        rows.push({ place: `${where}:${line}`, cells: places?.map((at) => fields[at]) ?? fields });
      let begun = false;
      await eachRecord(
        path,
        options,
        (fields, line) => {
          if (begun) {
            take(fields, line);
            return undefined;
          }
          begun = true;
          if (wanted === undefined) {
            if (fields.every((field) => !Number.isNaN(numberOf(field, '.')))) take(fields, line);
            return undefined;
          }
          const names = withoutHeader(fields, wanted, options);
          places = placesOf(names ?? fields, wanted, where);
          if (names !== undefined) take(fields, line);
          return undefined;
        },
        async () => {
          const some = rows;
          rows = [];
          if (some.length > 0) await use(some);
        },
      );
      if (!begun) throw new UserError(`${where}: is empty; expected a line of column names, and rows`);
    },
  };
}

/** The names of the columns where the first record is a row; undefined where it names them itself. */
function withoutHeader(
  first: readonly string[],
  wanted: readonly string[],
  { header, absent = [] }: CsvRowOptions,
): readonly string[] | undefined {
  if (header === undefined || wanted.every((name) => first.includes(name))) return undefined;
  const shorter = header.filter((name) => !absent.includes(name));
  return [header, shorter].find((names) => names.length === first.length);
}

/** Numbers that are not held exactly arrive as texts, which are no numbers. */
const exactly = { isExact: (text: string) => !Number.isNaN(numberOf(text)) };

/** A file of JSON Lines: an object a line, columns by name. */
export function jsonlRows(path: string): RowFile {
  const where = nameOf(path);
  const rowOf = (
    value: Readonly<Record<string, unknown>>,
    place: string,
    wanted: readonly string[],
  ): FileRow => {
    const missing = wanted.find((name) => !Object.hasOwn(value, name));
    if (missing === undefined) return { place, cells: wanted.map((name) => value[name]) };
    const problem = `column ${quoted(missing)} is not there; write null where its value is missing`;
    return { place, cells: [], problem };
  };
  return {
    where,
    async each(wanted, use) {
      if (wanted === undefined) {
        throw new UserError(
          `${where}: the model takes rows of numbers, and JSON objects have columns; give it a CSV file`,
        );
      }
      let rows: FileRow[] = [];
      await eachObject(
        path,
        exactly,
        (object, line) => rows.push(rowOf(object, `${where}:${line}`, wanted)),
        async () => {
          const some = rows;
          rows = [];
          if (some.length > 0) await use(some);
        },
      );
    },
  };
}

const AT_ONCE = 4096;

/**
 * A table of a format that cannot be read row by row, which then lies in memory whole.
 * @param columns what the cells are taken for
 */
export function tableRows(reader: TableReader, columns: readonly FittedColumn[] = []): RowFile {
  const { where, names } = reader;
  return {
    where,
    async each(wanted = names, use) {
      placesOf(names, wanted, where);
      const table = await readTable(reader, {
        types: new Map(
          columns.filter(({ name }) => names.includes(name)).map(({ name, type }) => [name, type]),
        ),
        ignore: new Set(names.filter((name) => !wanted.includes(name))),
        cells: { missing: new Set(), point: '.' },
      });
      const all = wanted.map((name) => table.columns.get(name) as Column);
      for (let first = 0; first < table.rows; first += AT_ONCE) {
        const rows: FileRow[] = [];
        for (let row = first; row < Math.min(first + AT_ONCE, table.rows); row++) {
          rows.push({ place: `${where}, row ${row}`, cells: all.map((column) => cellOf(column, row)) });
        }
        await use(rows);
      }
    },
  };
}

function cellOf(column: Column, row: number): unknown {
  if (column.type === 'category') return textAt(column, row);
  const value = column.values[row];
  if (Number.isNaN(value)) return null;
  return column.type === 'date' ? new Date(value) : value;
}
