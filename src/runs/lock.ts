/** One process at a time in a run's folder, or a sweep's: a lock file with its holder's process id. */
import { createHash, randomBytes } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { shortened, UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import { type Disk, readSmall, writeAll } from '../machine/disk.js';

const NAME = 'run.lock';
const MOST_BYTES = 4096;
/** Times that a lock may have vanished or changed while it was looked at. */
const MOST_ATTEMPTS = 10;

interface Locked {
  readonly folder: string;
  readonly what: 'run' | 'sweep';
}

interface Holder {
  readonly pid: number;
  /** When that process began, in the system's own measure: ids are given out again. Empty where it is not known. */
  readonly started: string;
  readonly host: string;
  /** No two locks are the same. */
  readonly token: string;
}

export interface Lock {
  /** Gives the folder free. Never throws: a lock that stays is found to be stale by the next. */
  release(): Promise<void>;
}

/** What no two locks have in common. */
export const newToken = (): string => randomBytes(8).toString('hex');

/**
 * Takes the folder for this process. A lock whose process is gone is taken over.
 * @param token by which somebody else may take the lock away again: see `forgetLock`
 * @param what the folder is, for messages
 * @throws UserError where another process has it, or another call in this one
 */
export async function lockFolder(
  disk: Disk,
  folder: string,
  token = newToken(),
  what: 'run' | 'sweep' = 'run',
): Promise<Lock> {
  const path = join(folder, NAME);
  const own: Holder = { pid: process.pid, started: startOf(process.pid), host: hostname(), token };
  await acquire(disk, { folder, what }, path, JSON.stringify(own));
  return { release: () => release(disk, path, token) };
}

/** Removes the lock of `token`, which a thread of this very process left when it died; never another call's. */
export async function forgetLock(disk: Disk, folder: string, token: string): Promise<void> {
  await release(disk, join(folder, NAME), token);
}

/** Whether somebody works on the run in a folder; of another machine's process nobody knows that it does not. */
export async function isBusy(disk: Disk, folder: string): Promise<boolean> {
  const text = await contentOf(disk, join(folder, NAME)).catch(() => undefined);
  const holder = text === undefined ? undefined : holderIn(text);
  return holder !== undefined && (holder.host !== hostname() || isAlive(holder));
}

async function release(disk: Disk, path: string, token: string): Promise<void> {
  try {
    if (holderIn(await readSmall(disk, path, MOST_BYTES))?.token === token) await disk.unlink(path);
  } catch {
    // The folder may have vanished, or be read-only by now.
  }
}

/**
 * Makes the lock file at `path`, or takes over one that is stale. Only who holds another lock, named after the stale
 * one's content, may put its own in the stale one's place; so of two that found it stale one finds it changed. That
 * other lock may itself be stale, and is then taken over in the same way.
 */
async function acquire(disk: Disk, locked: Locked, path: string, text: string): Promise<void> {
  const mine = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    await writeNew(disk, mine, text);
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      try {
        await place(disk, mine, path, text);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const seen = await contentOf(disk, path);
      if (seen === undefined) continue;
      refuseTheLiving(locked, path, seen);
      const claim = `${path}.${createHash('sha256').update(seen).digest('hex').slice(0, 16)}`;
      await acquire(disk, locked, claim, text);
      try {
        if ((await contentOf(disk, path)) !== seen) continue;
        await disk.rename(mine, path);
        return;
      } finally {
        await disk.unlink(claim).catch(() => {});
      }
    }
    throw new UserError(`${locked.folder}: other processes keep taking this ${locked.what}; try again`);
  } finally {
    await disk.unlink(mine).catch(() => {});
  }
}

async function writeNew(disk: Disk, path: string, text: string): Promise<void> {
  const handle = await disk.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  try {
    await writeAll(handle, Buffer.from(text));
  } finally {
    await handle.close();
  }
}

/** File systems without hard links; there, a lock is for a moment seen without its holder. */
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK']);

/** A link to a file that is whole already: nobody ever sees a lock without its holder. @throws EEXIST */
async function place(disk: Disk, mine: string, path: string, text: string): Promise<void> {
  try {
    await disk.link(mine, path);
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await writeNew(disk, path, text);
  }
}

async function contentOf(disk: Disk, path: string): Promise<string | undefined> {
  try {
    return await readSmall(disk, path, MOST_BYTES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @throws UserError unless the lock is known to be stale */
function refuseTheLiving({ folder, what }: Locked, path: string, text: string): void {
  const holder = holderIn(text);
  if (holder === undefined) {
    throw new UserError(`${path}: is not a lock of gradpool; if no ${what} is using ${folder}, delete it`);
  }
  const { pid, host } = holder;
  if (host !== hostname()) {
    throw new UserError(
      `${folder}: process ${pid} on the machine "${shortened(host)}" is using this ${what}; if it is not running any more, ` +
        `delete ${path}`,
    );
  }
  if (isAlive(holder)) {
    if (pid === process.pid) {
      throw new UserError(
        `${folder}: another call in this process (${pid}) is using this ${what}; wait until it has ended, or abort it`,
      );
    }
    throw new UserError(
      `${folder}: process ${pid} is using this ${what}; wait until it has ended, or stop it (kill ${pid})`,
    );
  }
}

function holderIn(text: string): Holder | undefined {
  const value = parseJson(text);
  if (!isMapping(value)) return undefined;
  const { pid, started, host, token } = value;
  if (typeof started !== 'string' || typeof host !== 'string' || typeof token !== 'string') return undefined;
  const sound = Number.isSafeInteger(pid) && Number(pid) > 0;
  return sound ? { pid: Number(pid), started, host, token } : undefined;
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const [state] = statOf(pid);
  // One that has ended keeps its id until its parent asks how; in a container without an init that may be never.
  if (state === 'Z' || state === 'X') return false;
  const now = startOf(pid);
  return started === '' || now === '' || now === started;
}

/** Field 22 of `statOf`'s file; empty where there is none. */
function startOf(pid: number): string {
  return statOf(pid)[19] ?? '';
}

/** Linux's /proc/<pid>/stat from field 3 on, after the command's closing bracket (proc(5)); none elsewhere. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
