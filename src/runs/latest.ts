/**
 * `runs/latest`: a small file with the name of the newest run in that folder, which may be named in a run's place. No
 * link, as links in a run's place are refused.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../errors.js';
import { type Disk, readSmall, TEMPORARY, unreadable, withoutEnd, writeAll } from '../machine/disk.js';
import { RUNS } from './name.js';

const LATEST = 'latest';
const MOST_BYTES = 1024;

/** Notes that the run in `runDir` is the newest, where that lies in a folder `runs`. A convenience: never fails. */
export async function writeLatest(disk: Disk, runDir: string): Promise<void> {
  const path = withoutEnd(runDir);
  const folder = dirname(path);
  if (basename(folder) !== RUNS) return;
  const temporary = join(folder, `${LATEST}.${randomBytes(8).toString('hex')}${TEMPORARY}`);
  try {
    const handle = await disk.open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
    try {
      await writeAll(handle, Buffer.from(`${basename(path)}\n`));
    } finally {
      await handle.close();
    }
    await disk.rename(temporary, join(folder, LATEST));
  } catch {
    await disk.unlink(temporary).catch(() => {});
  }
}

/** The run's folder that `path` stands for: that of the newest run where it is a file `latest`, otherwise itself. */
export async function followLatest(disk: Disk, path: string): Promise<string> {
  if (basename(withoutEnd(path)) !== LATEST) return path;
  const folder = dirname(withoutEnd(path));
  let text: string;
  try {
    if ((await disk.lstat(withoutEnd(path))).isDirectory()) return path;
    text = await readSmall(disk, withoutEnd(path), MOST_BYTES);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(path, error);
    throw new UserError(`${path}: there is none: no run has been begun in ${folder} yet`);
  }
  const name = text.trimEnd();
  // The name of something in this folder: nothing that leads elsewhere.
  if (!/^(?!\.\.?$)[^/\\\p{Cc}]{1,255}$/u.test(name)) {
    throw new UserError(
      `${path}: expected the name of a run in ${folder}, got something else; name the run itself`,
    );
  }
  return join(folder, name);
}

/** @throws UserError for a new run's folder that is in the place of the file */
export function refuseLatest(runDir: string): void {
  const path = withoutEnd(runDir);
  if (basename(path) !== LATEST || basename(dirname(path)) !== RUNS) return;
  throw new UserError(`${runDir}: is where the newest run's name is kept; give the new run another name`);
}
