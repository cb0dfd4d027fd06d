/**
 * A disk in memory that keeps a log of what was asked of it, so that its state after a power loss can be made up. As
 * much of `node:fs/promises` as a run's folder needs, on paths that begin with `/`.
 */
import { constants } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Disk } from '../src/machine/disk.js';

export interface Inode {
  readonly id: number;
  readonly folder: boolean;
  data: Uint8Array;
}

/** What was asked of the disk, in order. Names are entries of folders: whole paths. */
export type Operation =
  /** An entry appears, disappears, or takes another name. */
  | { readonly kind: 'entry'; readonly add?: [path: string, inode: number]; readonly remove?: string }
  | { readonly kind: 'write'; readonly inode: number; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly inode: number; readonly size: number }
  | { readonly kind: 'sync'; readonly inode: number }
  /** A note of whoever uses the disk. */
  | { readonly kind: 'mark'; readonly what: string };

const error = (code: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${path}`), { code, syscall: 'memory' });

export class MemoryDisk {
  readonly entries = new Map<string, Inode>();
  readonly inodes = new Map<number, Inode>();
  readonly log: Operation[] = [];

  constructor() {
    this.#create('/', true);
  }

  mark(what: string): void {
    this.log.push({ kind: 'mark', what });
  }

  /** Puts a file there, as if it always had been. */
  place(path: string, data: Uint8Array): void {
    for (let folder = dirname(path); !this.entries.has(folder); folder = dirname(folder)) {
      this.#create(folder, true);
    }
    this.#create(path, false).data = data;
  }

  /** The disk as the product sees it. */
  get disk(): Disk {
    const disk = {
      open: async (path: string, flags: number | string = constants.O_RDONLY) =>
        this.#open(path, Number(flags)),
      rename: async (from: string, to: string) => {
        const inode = this.#existing(from);
        this.#inFolder(to);
        this.#entry({ add: [to, inode.id], remove: from });
      },
      link: async (from: string, to: string) => {
        const inode = this.#existing(from);
        if (this.entries.has(to)) throw error('EEXIST', to);
        this.#entry({ add: [to, inode.id] });
      },
      unlink: async (path: string) => {
        this.#existing(path);
        this.#entry({ remove: path });
      },
      rmdir: async (path: string) => {
        this.#existing(path);
        if (this.#names(path).length > 0) throw error('ENOTEMPTY', path);
        this.#entry({ remove: path });
      },
      mkdir: async (path: string) => {
        if (this.entries.has(path)) throw error('EEXIST', path);
        this.#inFolder(path);
        this.#create(path, true);
      },
      readdir: async (path: string) => this.#names(path),
      stat: async (path: string) => statusOf(this.#existing(path)),
      lstat: async (path: string) => statusOf(this.#existing(path)),
    };
    return disk as unknown as Disk;
  }

  #create(path: string, folder: boolean): Inode {
    const inode: Inode = { id: this.inodes.size, folder, data: new Uint8Array(0) };
    this.inodes.set(inode.id, inode);
    this.#entry({ add: [path, inode.id] });
    return inode;
  }

  #entry(change: { add?: [string, number]; remove?: string }): void {
    this.log.push({ kind: 'entry', ...change });
    if (change.remove !== undefined) this.entries.delete(change.remove);
    if (change.add) this.entries.set(change.add[0], this.inodes.get(change.add[1]) as Inode);
  }

  #existing(path: string): Inode {
    const inode = this.entries.get(path);
    if (inode === undefined) throw error('ENOENT', path);
    return inode;
  }

  #inFolder(path: string): void {
    if (!this.#existing(dirname(path)).folder) throw error('ENOTDIR', path);
  }

  #names(folder: string): string[] {
    this.#existing(folder);
    return [...this.entries.keys()]
      .filter((path) => path !== '/' && dirname(path) === folder)
      .map((p) => basename(p));
  }

  #open(path: string, flags: number) {
    let inode = this.entries.get(path);
    if (inode && (flags & constants.O_EXCL) !== 0) throw error('EEXIST', path);
    if (inode === undefined) {
      if ((flags & constants.O_CREAT) === 0) throw error('ENOENT', path);
      this.#inFolder(path);
      inode = this.#create(path, false);
    }
    const file = inode;
    const truncate = (size: number) => {
      this.log.push({ kind: 'truncate', inode: file.id, size });
      file.data = resized(file.data, size);
    };
    if ((flags & constants.O_TRUNC) !== 0) truncate(0);
    let position = 0;
    return {
      stat: async () => statusOf(file),
      sync: async () => {
        this.log.push({ kind: 'sync', inode: file.id });
      },
      truncate: async (size: number) => truncate(size),
      close: async () => {},
      write: async (bytes: Uint8Array, from = 0, length = bytes.length - from) => {
        const at = (flags & constants.O_APPEND) !== 0 ? file.data.length : position;
        const written = bytes.slice(from, from + length);
        this.log.push({ kind: 'write', inode: file.id, at, bytes: written });
        file.data = withBytes(file.data, at, written);
        position = at + length;
        return { bytesWritten: length };
      },
      read: async (target: Uint8Array, offset: number, length: number, at: number) => {
        const bytes = file.data.subarray(at, at + length);
        target.set(bytes, offset);
        return { bytesRead: bytes.length };
      },
    };
  }
}

const statusOf = ({ folder, data }: Inode) => ({
  isDirectory: () => folder,
  isFile: () => !folder,
  size: data.length,
});

export function resized(data: Uint8Array, size: number): Uint8Array {
  const other = new Uint8Array(size);
  other.set(data.subarray(0, size));
  return other;
}

export function withBytes(data: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const other = resized(data, Math.max(data.length, at + bytes.length));
  other.set(bytes, at);
  return other;
}
