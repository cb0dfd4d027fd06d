/** Rows of a file of JSON Lines. */
import { quoted, UserError } from '../../errors.js';
import { eachObject } from '../../formats/jsonl.js';
import { numberOf } from '../../preprocess/cells.js';
import { type FileRow, Gathered, nameOf, none, type RowFile } from './file.js';

/** Numbers that are not held exactly arrive as texts, which are no numbers. */
const isExact = (text: string) => !Number.isNaN(numberOf(text));

/** A file of JSON Lines: an object a line, columns by name. */
export function jsonlRows(path: string): RowFile {
  const where = nameOf(path);
  return {
    where,
    isTold: true,
    placeOf: (line) => `${where}:${line}`,
    async each({ columns, keep, all }, use) {
      if (columns === undefined) {
        throw new UserError(
          `${where}: the model takes rows of numbers, and JSON objects have columns; give it a CSV or NPY file`,
        );
      }
      const rowOf = (value: Readonly<Record<string, unknown>>, at: number): FileRow => {
        const of = (name: string) => (Object.hasOwn(value, name) ? value[name] : undefined);
        const missing = [...columns, ...keep].find((name) => of(name) === undefined);
        const kept = keep.map(of);
        if (missing === undefined) return { at, cells: columns.map(of), kept };
        const problem = `column ${quoted(missing)} is not there; write null where its value is missing`;
        return { at, cells: none, kept, problem };
      };
      const rows = new Gathered(use);
      const wrong = (problem: string, at: number) =>
        rows.add({ at, cells: none, kept: keep.map(() => null), problem });
      const take = (object: Readonly<Record<string, unknown>>, line: number) => rows.add(rowOf(object, line));
      await rows.all(eachObject(path, { isExact, ...(all && { wrong }) }, take, rows.hand));
    },
  };
}
