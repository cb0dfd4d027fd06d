/**
 * One process at a time in a run's folder: a lock file with its holder's process id. Knows nothing of what the folder
 * holds.
 */
import { constants, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { type Disk, readSmall, writeAll } from './disk.js';

const NAME = 'run.lock';
const MOST_BYTES = 4096;

interface Holder {
  readonly pid: number;
  /** When that process began, in the system's own measure: ids are given out again. Empty where it is not known. */
  readonly started: string;
  readonly host: string;
}

export interface Lock {
  /** Gives the folder free. Never throws: a lock that stays is found to be stale by the next. */
  release(): Promise<void>;
}

/**
 * Takes the folder for this process. A lock whose process is gone is taken over.
 * @throws UserError where another process has it
 */
export async function lockFolder(disk: Disk, folder: string): Promise<Lock> {
  const path = join(folder, NAME);
  const own: Holder = { pid: process.pid, started: startOf(process.pid), host: hostname() };
  const text = JSON.stringify(own);
  // A link to a file that is whole already: nobody ever sees a lock without its holder.
  const mine = `${path}.${process.pid}-${Math.random().toString(36).slice(2, 10)}`;
  const handle = await disk.open(mine, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  try {
    await writeAll(handle, Buffer.from(text));
  } finally {
    await handle.close();
  }
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        await place(disk, mine, path, text);
        return { release: () => release(disk, path, text) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      await takeAway(disk, folder, path, mine);
    }
    throw new UserError(`${folder}: other processes keep taking this run; try again`);
  } finally {
    await disk.unlink(mine).catch(() => {});
  }
}

/** File systems without hard links; there, a lock is for a moment seen without its holder. */
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK']);

async function place(disk: Disk, mine: string, path: string, text: string): Promise<void> {
  try {
    await disk.link(mine, path);
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    const handle = await disk.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
    try {
      await writeAll(handle, Buffer.from(text));
    } finally {
      await handle.close();
    }
  }
}

/** Removes the lock that a thread of this very process left when it died. */
export async function forgetLock(disk: Disk, folder: string): Promise<void> {
  const own: Holder = { pid: process.pid, started: startOf(process.pid), host: hostname() };
  await release(disk, join(folder, NAME), JSON.stringify(own));
}

async function release(disk: Disk, path: string, text: string): Promise<void> {
  try {
    if ((await readSmall(disk, path, MOST_BYTES)) === text) await disk.unlink(path);
  } catch {
    // The folder may have vanished, or be read-only by now.
  }
}

/** Removes a stale lock. @throws UserError where it is none */
async function takeAway(disk: Disk, folder: string, path: string, mine: string): Promise<void> {
  const seen = await readSmall(disk, path, MOST_BYTES).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (seen === undefined) return;
  const holder = holderIn(seen);
  if (holder === undefined) {
    throw new UserError(`${path}: is not a lock of gradpool; if no run is using ${folder}, delete it`);
  }
  if (holder.host !== hostname()) {
    throw new UserError(
      `${folder}: process ${holder.pid} on the machine "${holder.host}" is using this run; ` +
        `if it is not running any more, delete ${path}`,
    );
  }
  if (isAlive(holder)) {
    throw new UserError(
      `${folder}: process ${holder.pid} is using this run; wait until it has ended, or stop it (kill ${holder.pid})`,
    );
  }
  // Moved, not deleted: another process may have taken the stale lock away and made its own since it was read.
  const aside = `${mine}.stale`;
  try {
    await disk.rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = await readSmall(disk, aside, MOST_BYTES);
  if (moved !== seen) await disk.link(aside, path).catch(() => {});
  await disk.unlink(aside);
}

function holderIn(text: string): Holder | undefined {
  try {
    const { pid, started, host } = JSON.parse(text);
    const sound =
      Number.isSafeInteger(pid) && pid > 0 && typeof started === 'string' && typeof host === 'string';
    return sound ? { pid, started, host: host.slice(0, 255) } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = startOf(pid);
  return started === '' || now === '' || now === started;
}

/** Field 22 of Linux's /proc/<pid>/stat, behind the command's closing bracket (proc(5)); empty elsewhere. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
