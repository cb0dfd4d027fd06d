/** A CSV file as a table. */
import { quoted, UserError } from '../../errors.js';
import { type CsvOptions, eachRecord, enough } from '../../formats/csv.js';
import { identify } from '../../machine/identity.js';
import { LEAST_KEPT, type TableReader } from './reader.js';

/** More are no columns, but a table on its side. */
const MOST_COLUMNS = 65_536;

export interface CsvTableOptions extends CsvOptions {
  /** Names of the columns; undefined: the first record has them. */
  readonly header?: readonly string[];
}

/** Opens it: reads its first record. @throws UserError for a file that is none, or is empty */
export async function csvReader(path: string, options: CsvTableOptions): Promise<TableReader> {
  const { header } = options;
  let first: string[] | undefined;
  await eachRecord(path, options, (fields) => {
    first = fields;
    return enough;
  });
  if (first === undefined)
    throw new UserError(`${path}: is empty; expected a line of column names, and rows`);
  if (first.length > MOST_COLUMNS) {
    throw new UserError(
      `${path}:1: expected at most ${MOST_COLUMNS} columns, got ${first.length}; are its rows and columns the other way round?`,
    );
  }
  const names = header ?? first.map((name, k) => (name.trim() === '' ? `column${k + 1}` : name));
  const other = names.length === 1 && [';', '\t', '|'].find((each) => names[0].includes(each));
  if (other && options.delimiter === ',') {
    throw new UserError(
      `${path}:1: expected columns with commas between them, got one, ${quoted(names[0])}; ` +
        `set data.delimiter: ${other === '\t' ? 'tab' : quoted(other)}`,
    );
  }
  if (names.length !== first.length) {
    throw new UserError(
      `data.header: expected ${first.length} names, one for each field of the first line of ${path}, got ${names.length}`,
    );
  }
  return {
    where: path,
    names,
    async read(into) {
      const skip = header === undefined;
      let begun = false;
      const each = into.flatMap((builder, k) => (builder ? [{ builder, k }] : []));
      await eachRecord(path, options, (fields) => {
        if (!begun && skip) {
          begun = true;
          return undefined;
        }
        begun = true;
        for (let c = 0; c < each.length; c++) each[c].builder.text(fields[each[c].k]);
        return undefined;
      });
    },
    async identity() {
      const file = path === '-' ? undefined : await identify(path, LEAST_KEPT);
      return file && { key: JSON.stringify(['csv', file.hash, options]), unchanged: file.unchanged };
    },
    async place(row) {
      let at = header === undefined ? -1 : 0;
      let line = 0;
      // Fields may hold line breaks, so the line is found by reading once more; only errors ask for it.
      await eachRecord(path, options, (_, end) => {
        line = end;
        return at++ === row ? enough : undefined;
      }).catch(() => {});
      return `${path}:${line}`;
    },
  };
}
