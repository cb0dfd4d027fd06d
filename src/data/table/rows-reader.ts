/** Objects that a program hands over as a table: a row is an object, its keys are columns. */
import { quoted, UserError } from '../../errors.js';
import { isMapping } from '../../formats/json.js';
import type { TableReader } from './reader.js';
import { leaveOut, putValue } from './values.js';

/** @param where what errors call them, as `data.rows` @throws UserError for what is no list of objects */
export function rowsReader(rows: readonly unknown[], where: string): TableReader {
  const keys = new Set<string>();
  for (const [k, row] of rows.entries()) {
    if (!isMapping(row))
      throw new UserError(
        `${where}[${k}]: expected an object with a value for each column, got something else`,
      );
    for (const key in row) keys.add(key);
  }
  if (keys.size === 0) throw new UserError(`${where}: expected rows, got none`);
  const names = [...keys];
  return {
    where,
    names,
    async read(into) {
      for (const [k, row] of rows.entries()) {
        for (const [c, name] of names.entries()) {
          const builder = into[c];
          if (builder === undefined) continue;
          const given = row as Readonly<Record<string, unknown>>;
          const wrong = putValue(builder, Object.hasOwn(given, name) ? given[name] : null);
          if (wrong === undefined) continue;
          throw new UserError(`${where}[${k}]: column ${quoted(name)}: ${wrong}${leaveOut(name)}`);
        }
      }
    },
    place: async (row) => `${where}[${row}]`,
  };
}
