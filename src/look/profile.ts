/** A whole table looked at: what each column holds, and which of its texts mean that nothing is there. */

import { strays } from '../data/notes.js';
import { ColumnBuilder } from '../data/table/builder.js';
import type { Column, ColumnType } from '../data/table/column.js';
import { readTable } from '../data/table/reader.js';
import { type Statistics, statisticsOf } from '../data/table/statistics.js';
import { quoted, UserError } from '../errors.js';
import { pauseForMessages } from '../machine/abandoned.js';
import type { Looked } from './looked.js';
import { missingTokens } from './tokens.js';

/** What a column holds. */
export interface ColumnProfile extends Statistics {
  readonly name: string;
  readonly type: ColumnType;
  readonly column: Column;
  /** Texts of it that were taken for missing values. */
  readonly tokens: readonly string[];
}

export interface Profile {
  readonly where: string;
  readonly rows: number;
  readonly columns: readonly ColumnProfile[];
  /** Columns that no table can have: what they are, in words. */
  readonly refused: ReadonlyMap<string, string>;
  /** All texts that were taken for missing values, in the order of `missingTokens`. */
  readonly tokens: readonly string[];
}

const LONGEST = Math.max(...[...missingTokens].map((token) => token.length));

/** A column that remembers which texts it took for missing values. */
class Watched extends ColumnBuilder {
  readonly tokens = new Set<string>();

  override text(cell: string): void {
    if (cell.length <= LONGEST && missingTokens.has(cell)) this.tokens.add(cell);
    super.text(cell);
  }

  override string(cell: string): void {
    if (cell.length <= LONGEST && missingTokens.has(cell)) this.tokens.add(cell);
    super.string(cell);
  }
}

/** Columns that a few texts keep from being numbers, a line each. */
export function strayNotes({ reader, point }: Looked, { columns }: Profile): Promise<string[]> {
  const all = new Map(columns.map(({ name, column }) => [name, column]));
  return strays({ columns: all, place: (row) => reader.place(row) }, [...all.keys()], point);
}

/** Reads all of it. @throws UserError for what is no such file */
export async function profileOf({ reader, point }: Looked): Promise<Profile> {
  const twice = reader.names.find((name, k) => reader.names.indexOf(name) !== k);
  if (twice !== undefined) {
    throw new UserError(
      `${reader.where}: expected columns of different names, got two named ${quoted(twice)}; rename one of them`,
    );
  }
  const watched = new Map<string, Watched>();
  const { refused = new Map() } = reader;
  const cells = { missing: missingTokens, point };
  const table = await readTable(reader, {
    types: new Map(),
    ignore: new Set(refused.keys()),
    cells,
    builder(name, type) {
      const builder = new Watched(type, cells);
      watched.set(name, builder);
      return builder;
    },
  });
  const columns: ColumnProfile[] = [];
  for (const [name, column] of table.columns) {
    await pauseForMessages();
    const tokens = [...(watched.get(name)?.tokens ?? [])];
    columns.push({ name, type: column.type, column, tokens, ...statisticsOf(column) });
  }
  const tokens = [...missingTokens].filter((token) => columns.some((each) => each.tokens.includes(token)));
  return { where: table.where, rows: table.rows, columns, refused, tokens };
}
