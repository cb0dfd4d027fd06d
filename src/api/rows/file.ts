/** Rows of a file as they come, for whoever goes through it once: of any size, in bounded memory. */
import { didYouMean, quoted, UserError } from '../../errors.js';

/** A row of a file. */
export interface FileRow {
  /** Its number as the file counts, of which `placeOf` makes words. */
  readonly at: number;
  /** The cells of the columns that were asked for, as the file has them: texts, or values of their types; null is missing. */
  readonly cells: ArrayLike<unknown>;
  /** Those of the columns to keep. */
  readonly kept: readonly unknown[];
  /** What is wrong with the row as a whole, in words. */
  readonly problem?: string;
}

/** What is asked of a file. */
export interface WantedCells {
  /** Columns by name; undefined: a row is its numbers. */
  readonly columns: readonly string[] | undefined;
  /** Numbers that a row is to have, where it is its numbers. */
  readonly width?: number;
  readonly keep: readonly string[];
  /** Whether rows that are none, such as those of another length, are handed over with their `problem`. */
  readonly all: boolean;
}

/** A file of rows. */
export interface RowFile {
  /** What it is called in messages. */
  readonly where: string;
  /** Columns to keep where nobody says. */
  readonly usuallyKept?: readonly string[];
  /** Where a row stands, for messages: `new.csv:17`. */
  placeOf(at: number): string;
  /** Whether reading it tells how far it is (`machine/work.ts`). */
  readonly isTold?: true;
  /**
   * Hands over all rows in their order, some at a time, and waits for `use` before it reads on. May be called once.
   * @throws UserError for columns that are not there, and for what is no such file, with file and line
   */
  each(wanted: WantedCells, use: (rows: readonly FileRow[]) => Promise<void>): Promise<void>;
}

export const nameOf = (path: string): string => (path === '-' ? 'standard input' : path);

/** @throws UserError naming the first column that is not there, or twice */
export function placesOf(names: readonly string[], wanted: readonly string[], where: string): number[] {
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

/** @throws UserError where columns of rows of numbers are to be kept, which have no names */
export function keepsNothing({ keep }: WantedCells, where: string): void {
  if (keep.length === 0) return;
  throw new UserError(`--keep: ${where} has rows of numbers, and no columns to be kept`);
}

/** Hands over in order what is gathered in the meantime. */
export class Gathered {
  #rows: FileRow[] = [];

  constructor(private readonly use: (rows: readonly FileRow[]) => Promise<void>) {}

  /** Hands over all that `read` finds; where it ends with a mistake, what came before it first: it may have one too. */
  async all(read: Promise<void>): Promise<void> {
    try {
      await read;
    } catch (error) {
      if (error instanceof UserError) await this.hand();
      throw error;
    }
  }

  add(row: FileRow): void {
    this.#rows.push(row);
  }

  readonly hand = async (): Promise<void> => {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    await this.use(rows);
  };
}

export const none: readonly unknown[] = [];
