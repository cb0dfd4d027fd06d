/** Rows of a CSV file. */
import { UserError } from '../../errors.js';
import { type CsvOptions, eachRecord, otherLength } from '../../formats/csv.js';
import { numberOf } from '../../preprocess/cells.js';
import { Gathered, keepsNothing, nameOf, none, placesOf, type RowFile } from './file.js';

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
    isTold: true,
    placeOf: (line) => `${where}:${line}`,
    async each(wanted, use) {
      const { columns, keep, all } = wanted;
      const rows = new Gathered(use);
      let own: readonly number[] | undefined;
      let kept: readonly number[] = [];
      let length = 0;
      const take = (fields: string[], line: number) => {
        if (fields.length !== length) {
          const isEmpty = fields.length === 1 && fields[0] === '';
          const problem = isEmpty
            ? `expected ${length} fields, got an empty line`
            : otherLength(fields.length, length);
          // What is there of the columns to keep may be another column's.
          rows.add({ at: line, cells: none, kept: kept.map(() => null), problem });
          return;
        }
        rows.add({
          at: line,
          cells: own === undefined ? fields : own.map((at) => fields[at]),
          kept: kept.length === 0 ? none : kept.map((at) => fields[at]),
        });
      };
      let begun = false;
      const each = (fields: string[], line: number) => {
        if (begun) {
          take(fields, line);
          return undefined;
        }
        begun = true;
        ({ length } = fields);
        if (columns === undefined) {
          keepsNothing(wanted, where);
          if (all) length = wanted.width ?? length;
          if (fields.every((field) => !Number.isNaN(numberOf(field, '.')))) take(fields, line);
          return undefined;
        }
        const names = withoutHeader(fields, [...columns, ...keep], options);
        own = placesOf(names ?? fields, columns, where);
        kept = placesOf(names ?? fields, keep, where);
        if (names !== undefined) take(fields, line);
        return undefined;
      };
      await rows.all(eachRecord(path, { ...options, ragged: all }, each, rows.hand));
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
