/** Pictures as rows: a file, or all of a folder, in the size and colours that the model learned with. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { drawn, PICTURE } from '../../data/pictures/drawn.js';
import { byCodePoint } from '../../data/table/fit.js';
import { quoted, UserError } from '../../errors.js';
import { readPicture } from '../../formats/picture.js';
import { unreadable } from '../../machine/disk.js';
import type { FittedMatrix } from '../../preprocess/fitted.js';
import { type FileRow, none, type RowFile } from './file.js';

/** The one column that pictures have: their names. */
const FILE = 'file';
/** Pixels that are handed over at once, and a picture more. */
const PIXELS_AT_ONCE = 1 << 20;

/** @throws UserError for a model that has not learned from pictures */
export function pictureRows(path: string, matrix: FittedMatrix | undefined): RowFile {
  const into = matrix && drawn(matrix);
  if (into === undefined) {
    throw new UserError(`${path}: the model has not learned from pictures; give it rows of its kind`);
  }
  let files: readonly string[] = [];
  return {
    where: path,
    usuallyKept: [FILE],
    placeOf: (at) => files[at],
    async each({ keep, all }, use) {
      const strange = keep.find((name) => name !== FILE);
      if (strange !== undefined) {
        throw new UserError(`--keep: pictures have one column, ${quoted(FILE)}, got ${quoted(strange)}`);
      }
      files = await filesIn(path);
      let rows: FileRow[] = [];
      let pixels = 0;
      for (const [at, file] of files.entries()) {
        const kept = keep.map(() => file);
        try {
          const cells = into(file, await readPicture(file));
          pixels += cells.length;
          rows.push({ at, cells, kept });
        } catch (error) {
          if (!all || !(error instanceof UserError)) throw error;
          const problem = error.message.startsWith(`${file}: `)
            ? error.message.slice(file.length + 2)
            : error.message;
          rows.push({ at, cells: none, kept, problem });
        }
        if (pixels < PIXELS_AT_ONCE && at + 1 < files.length) continue;
        await use(rows);
        [rows, pixels] = [[], 0];
      }
    },
  };
}

/** All pictures in a folder and those below it, by the code point of their paths; names that begin with a dot are none. */
async function filesIn(path: string): Promise<string[]> {
  const status = await stat(path).catch((error) => {
    throw unreadable(path, error);
  });
  if (!status.isDirectory()) return [path];
  const found: string[] = [];
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const own = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(own);
      else if (PICTURE.test(entry.name)) found.push(own);
    }
  }
  if (found.length === 0) throw new UserError(`${path}: has no pictures; expected .png, .jpg or .jpeg files`);
  return found.sort(byCodePoint);
}
