/** A file of JSON objects as a table: a row is an object, its keys are columns. */
import { quoted, UserError } from '../../errors.js';
import { eachObject } from '../../formats/jsonl.js';
import { identify } from '../../machine/identity.js';
import { numberOf } from '../../preprocess/cells.js';
import type { CacheOptions } from './cache.js';
import { keptNames, type Names } from './kept-names.js';
import { LEAST_KEPT, type TableReader } from './reader.js';
import { leaveOut, putValue } from './values.js';

const options = { isExact: (text: string) => !Number.isNaN(numberOf(text)) };
/** More are no columns, but keys that are values. */
const MOST_COLUMNS = 65_536;

/**
 * Opens it: reads all of it once for the keys that there are, in the order in which they come first, or has them from the
 * cache. A key that an object lacks is missing in its row.
 * @throws UserError for a file that is none, or is empty
 */
export async function jsonlReader(path: string, cache?: CacheOptions): Promise<TableReader> {
  const identified = () => identify(path, LEAST_KEPT).catch(() => undefined);
  const file = path === '-' || cache === undefined ? undefined : await identified();
  const { names, refused } = await keptNames(file, cache, () => keysOf(path));
  return {
    where: path,
    names,
    refused,
    async read(into) {
      const each = into.flatMap((builder, k) => (builder ? [{ builder, name: names[k] }] : []));
      await eachObject(path, options, (object, line) => {
        for (const { builder, name } of each) {
          const wrong = putValue(builder, Object.hasOwn(object, name) ? object[name] : null);
          if (wrong === undefined) continue;
          throw new UserError(`${path}:${line}: column ${quoted(name)}: ${wrong}${leaveOut(name)}`);
        }
      });
    },
    async identity() {
      // Hashed once, before the names were looked for: names and cells are of the same bytes.
      return file && { key: JSON.stringify(['jsonl', file.hash]), unchanged: file.unchanged };
    },
    // No line before the last row is empty.
    place: async (row) => `${path}:${row + 1}`,
  };
}

async function keysOf(path: string): Promise<Names> {
  const keys = new Set<string>();
  const refused = new Map<string, string>();
  await eachObject(path, options, (object, line) => {
    for (const key in object) {
      keys.add(key);
      const value = object[key];
      if (typeof value === 'object' && value !== null && !refused.has(key)) {
        refused.set(key, `holds ${Array.isArray(value) ? 'a list' : 'a mapping'} in line ${line}`);
      }
    }
    if (keys.size > MOST_COLUMNS) {
      throw new UserError(
        `${path}:${line}: expected at most ${MOST_COLUMNS} different keys, got more; are they values?`,
      );
    }
  });
  if (keys.size === 0) throw new UserError(`${path}: is empty; expected a JSON object a line`);
  return { names: [...keys], refused };
}
