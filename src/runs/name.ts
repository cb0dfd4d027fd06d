/** Where a run's folder is: what a user may name, and the names that gradpool chooses. */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { given, shortened, UserError } from '../errors.js';
import { type Disk, makeFolder, reasonOf, syncFolder } from '../machine/disk.js';

/** The folder of the runs that gradpool names itself. */
export const RUNS = 'runs';

/** `runs/<name>-<time>`, the time in UTC to the millisecond, so that runs sort by age. */
export function defaultRunDir(name: string, now: Date): string {
  return join(RUNS, `${name}-${now.toISOString().replaceAll(':', '').replace('.', '-')}`);
}

/** Runs of one name in one millisecond that are told apart by a number; beyond, a random name is sure to be free. */
const MOST_NUMBERED = 99;

/**
 * Makes `runs/<name>-<time>`, or where that is taken `…-2`, `…-3`: of several at once, in this process or others, each
 * gets its own.
 * @returns its path, and the folders that were made, outermost first
 * @throws UserError where it cannot be made
 */
export async function newRunFolder(
  disk: Disk,
  name: string,
  now: Date,
): Promise<{ path: string; made: string[] }> {
  const first = defaultRunDir(name, now);
  try {
    const made = await makeFolder(disk, dirname(first));
    for (let number = 1; ; number++) {
      const end = number === 1 ? '' : `-${number <= MOST_NUMBERED ? number : randomBytes(8).toString('hex')}`;
      const path = `${first}${end}`;
      try {
        await disk.mkdir(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
        throw error;
      }
      await syncFolder(disk, dirname(path));
      return { path, made: [...made, path] };
    }
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new UserError(`${first}: ${reason}; nothing was written; name another folder with --run-dir`);
  }
}

/** A run's folder as it was named. @throws UserError for what stands for something else, or for nothing */
export function checkRunDir(path: unknown): string {
  const refuse = (what: string) => new UserError(`run folder: expected a path, got ${what}`);
  if (typeof path !== 'string' || path === '' || path.includes('\0')) throw refuse(given(path));
  if (path === '-') {
    throw refuse('"-", which stands for standard input, and a folder cannot be read from there; is it ./- ?');
  }
  if (/^~[^/\\]*([/\\]|$)/.test(path)) {
    throw refuse(
      `"${shortened(path)}": ~ is for the shell to replace, which it does at the beginning of a word that is not ` +
        'quoted; write the path of the home folder (in a shell "$HOME"), or ./~ for a folder of that name',
    );
  }
  return path;
}
