/** Files that outlive a crash: written whole under a temporary name, then renamed. */
import { constants } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { dirname, normalize, parse, resolve, sep } from 'node:path';
import { codeOf, forbidden, UserError } from '../errors.js';

/** The calls by which a run's folder is written and read: those of `node:fs/promises`, or what a test puts between. */
export type Disk = Pick<
  typeof fs,
  'open' | 'rename' | 'mkdir' | 'readdir' | 'unlink' | 'link' | 'stat' | 'lstat' | 'rmdir'
>;

export const realDisk: Disk = fs;

/** The disk as it is seen from `folder`: relative paths begin there, wherever the process goes (`process.chdir`). */
export function seenFrom(folder: string, disk: Disk = realDisk): Disk {
  const at = (path: Parameters<Disk['open']>[0]) => (typeof path === 'string' ? resolve(folder, path) : path);
  const moved =
    <Call extends (...args: never[]) => unknown>(call: Call, paths = 1) =>
    (...args: Parameters<Call>) =>
      call(...(args.map((arg, k) => (k < paths ? at(arg) : arg)) as Parameters<Call>)) as ReturnType<Call>;
  return {
    open: moved(disk.open),
    rename: moved(disk.rename, 2),
    mkdir: moved(disk.mkdir) as Disk['mkdir'],
    readdir: moved(disk.readdir) as unknown as Disk['readdir'],
    unlink: moved(disk.unlink),
    link: moved(disk.link, 2),
    stat: moved(disk.stat) as Disk['stat'],
    lstat: moved(disk.lstat) as Disk['lstat'],
    rmdir: moved(disk.rmdir),
  };
}

/** A link in a folder's place could lead out of it: Windows, where these are rare, does not know the flag. */
const NO_LINK = constants.O_NOFOLLOW ?? 0;

/** What a file is written under until it is whole. */
export const TEMPORARY = '.tmp';

/**
 * Writes a file so that, whatever happens and whenever, its name stands for the old content or the new, whole: a
 * temporary file, fsync, rename, fsync of the folder. Once this has resolved, the new one outlives a power loss.
 */
export async function writeDurably(disk: Disk, path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}${TEMPORARY}`;
  try {
    const handle = await disk.open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | NO_LINK,
    );
    try {
      for (const part of parts) await writeAll(handle, part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await disk.rename(temporary, path);
  } catch (error) {
    await disk.unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(disk, dirname(path));
}

/** Node writes less than 2 GiB a call, and a call may write less than it was given. */
const LARGEST_WRITE = 1 << 28;

export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, Math.min(LARGEST_WRITE, bytes.length - at));
    if (bytesWritten === 0) throw Object.assign(new Error('EIO: nothing was written'), { code: 'EIO' });
    at += bytesWritten;
  }
}

/** Makes the names in a folder outlive a power loss; where folders cannot be opened (Windows), the system sees to it. */
export async function syncFolder(disk: Disk, path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await disk.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A path without slashes at its end, with which a link's name stands for what it leads to. */
export function withoutEnd(path: string): string {
  const whole = normalize(path);
  return whole.endsWith(sep) && whole !== parse(whole).root ? whole.slice(0, -1) : whole;
}

/** The folders on the way to `path`, and itself, that are not there, outermost first. */
export async function missingFolders(disk: Disk, path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = withoutEnd(path); ; folder = dirname(folder)) {
    const there = await disk.lstat(folder).then(
      () => true,
      (error) => codeOf(error) !== 'ENOENT',
    );
    if (there || folder === dirname(folder)) return missing.reverse();
    missing.push(folder);
  }
}

/** Removes folders that are empty, innermost first. */
export async function removeEmpty(disk: Disk, folders: readonly string[]): Promise<void> {
  for (const folder of [...folders].reverse()) await disk.rmdir(folder).catch(() => {});
}

/**
 * Makes a folder and those above it, each to outlive a power loss.
 * @returns those that were not there, outermost first
 */
export async function makeFolder(disk: Disk, path: string): Promise<string[]> {
  const made: string[] = [];
  const make = async (folder: string): Promise<void> => {
    try {
      await disk.mkdir(folder);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EEXIST' && (await disk.stat(folder)).isDirectory()) return;
      if (code === 'EEXIST') throw Object.assign(new Error('a file is in the way'), { code: 'ENOTDIR' });
      if (code !== 'ENOENT' || parse(folder).root === folder) throw error;
      await make(dirname(folder));
      await disk.mkdir(folder);
    }
    made.push(folder);
    await syncFolder(disk, dirname(folder));
  };
  // Not resolved: where relative paths begin is the disk's to say.
  await make(withoutEnd(path));
  return made;
}

/**
 * Opens a regular file for reading, whatever else may stand under its name: a link is refused, and a pipe is not
 * waited for.
 * @param most bytes that it may have @throws UserError
 */
export async function openRegular(
  disk: Disk,
  path: string,
  most: number,
): Promise<{ handle: FileHandle; size: number }> {
  let handle: FileHandle;
  try {
    handle = await disk.open(path, constants.O_RDONLY | NO_LINK | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (codeOf(error) === 'ELOOP') {
      throw new UserError(`${path}: is a link, expected a file`);
    }
    throw error;
  }
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new UserError(`${path}: expected a file, got something else`);
    if (status.size > most)
      throw new UserError(`${path}: expected at most ${most} bytes, got ${status.size}`);
    return { handle, size: status.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Fills `target` from `position` on; returns how many bytes there were, fewer only at the end of the file. */
export async function readAt(handle: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const length = Math.min(LARGEST_WRITE, target.length - filled);
    const { bytesRead } = await handle.read(target, filled, length, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** The bytes of a file. @throws UserError where it is longer, or no file; the disk's errors as they are */
async function bytesOf(disk: Disk, path: string, most: number): Promise<Uint8Array> {
  const { handle, size } = await openRegular(disk, path, most);
  try {
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, await readAt(handle, bytes, 0));
  } finally {
    await handle.close();
  }
}

/** The text of a small file. @throws UserError where it is longer, or no file; the disk's errors as they are */
export async function readSmall(disk: Disk, path: string, most: number): Promise<string> {
  return new TextDecoder().decode(await bytesOf(disk, path, most));
}

/** The bytes of a file. @throws UserError where it is longer, or no file, or cannot be read */
export async function readWhole(disk: Disk, path: string, most: number): Promise<Uint8Array> {
  try {
    return await bytesOf(disk, path, most);
  } catch (error) {
    throw unreadable(path, error);
  }
}

const words: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reports an input/output error',
  ENOENT: 'the folder is not there any more',
  ENOTDIR: 'a file is in the way',
  ELOOP: 'a link is in the way, which could lead anywhere',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
};

/** What the system's error means to a user; undefined where it is none of the system's. */
export function reasonOf(error: unknown): string | undefined {
  const refused = forbidden(error);
  if (refused !== undefined) return refused;
  const code = codeOf(error);
  if (code === undefined) return undefined;
  const { syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined && !(code in words)) return undefined;
  return words[code] ?? message;
}

/** What to throw where something could not be read: a UserError if the system says why, otherwise the error itself. */
export function unreadable(path: string, error: unknown): unknown {
  const reason = reasonOf(error);
  return reason === undefined ? error : new UserError(`${path}: cannot be read (${reason})`);
}
