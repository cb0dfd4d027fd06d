/** Objects that come one after another as a table: a row is an object, the keys of the first one are the columns. */
import { createHash } from 'node:crypto';
import { didYouMean, quoted, UserError } from '../../errors.js';
import { isMapping, jsonable } from '../../formats/json.js';
import type { GivenRows } from '../../machine/rows-given.js';
import type { ColumnBuilder } from './builder.js';
import type { TableReader } from './reader.js';
import { leaveOut, putValue } from './values.js';

/** A table that can be read once, and what tells it from others then. */
export interface StreamReader extends TableReader {
  /** Once it was read: how many rows came, and the SHA-256 of their JSON, a line each. */
  recorded(): { readonly rows: number; readonly sha256: string };
}

type Row = Readonly<Record<string, unknown>>;

/**
 * @param typed columns whose type somebody has said @param where what errors call the rows, as `data.rows`
 * @throws UserError where the first row is none, and whatever the rows throw
 */
export async function streamReader(
  rows: GivenRows,
  typed: ReadonlySet<string>,
  where: string,
): Promise<StreamReader> {
  const first = await rows.next();
  if (first === undefined) {
    throw new UserError(
      `${where}: expected rows, got none; a generator gives its rows once: hand over a function that makes one`,
    );
  }
  const names = Object.keys(rowOf(first[0], 0, where));
  if (names.length === 0) throw new UserError(`${where}[0]: expected a value for each column, got none`);
  const known = new Set(names);
  const hash = createHash('sha256');
  let count = 0;
  let sha256: string | undefined;

  /** @returns whether more rows are of use */
  const put = (given: unknown, into: readonly (ColumnBuilder | undefined)[]): boolean => {
    const row = rowOf(given, count, where);
    for (const key in row) if (!known.has(key)) throw unknownKey(key, names, `${where}[${count}]`);
    let going = true;
    for (const [c, name] of names.entries()) {
      const builder = into[c];
      if (builder === undefined) continue;
      const wrong = putValue(builder, Object.hasOwn(row, name) ? row[name] : null);
      if (wrong !== undefined) {
        throw new UserError(`${where}[${count}]: column ${quoted(name)}: ${wrong}${leaveOut(name)}`);
      }
      if (builder.exception === undefined) continue;
      // Where somebody has said what the column is, the reader of tables tells what is wrong.
      if (!typed.has(name)) throw otherType(builder, name, where);
      going = false;
    }
    hash.update(`${JSON.stringify(row, jsonable)}\n`);
    count++;
    return going;
  };

  return {
    where,
    names,
    async read(into) {
      if (sha256 !== undefined || count > 0) throw new Error(`${where} can be read once`);
      try {
        for (let batch: readonly unknown[] | undefined = first; batch; batch = await rows.next()) {
          if (!batch.every((row) => put(row, into))) break;
        }
      } finally {
        await rows.close();
      }
      sha256 = hash.digest('hex');
    },
    place: async (row) => `${where}[${row}]`,
    recorded: () => ({ rows: count, sha256: sha256 ?? '' }),
  };
}

function rowOf(row: unknown, at: number, where: string): Row {
  if (isMapping(row) && !ArrayBuffer.isView(row)) return row;
  throw new UserError(`${where}[${at}]: expected an object with a value for each column, got something else`);
}

function unknownKey(key: string, names: readonly string[], place: string): UserError {
  return new UserError(
    `${place}: has a column ${quoted(key)} that the first row does not have${didYouMean(key, names)}; give every column ` +
      'in the first row, null where it has no value there',
  );
}

/** A column of numbers or dates that goes on with something else: what it began with cannot be read again as texts. */
function otherType({ exception }: ColumnBuilder, name: string, where: string): UserError {
  const { row, text } = exception as NonNullable<typeof exception>;
  return new UserError(
    `${where}[${row}]: column ${quoted(name)}: expected a value of the type that the rows before have, got ${quoted(text)}; ` +
      'rows that come one by one are read once: if it means a missing value, add it to data.missing, else say what the ' +
      `column is (data.columns: { ${JSON.stringify(name)}: { type: category } })`,
  );
}
