/** A file that lines are added to, in their order, while others go on with their work. */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { codeOf, UserError } from '../errors.js';
import { type Disk, readAt, writeAll } from '../machine/disk.js';

/** Where a torn line is looked for: no line is longer, and the longest, what a run's end has found out, has less than 1 MiB. */
const TAIL = 1 << 22;
const NEWLINE = 10;

export class Journal {
  #lines: string[] = [];
  #writing: Promise<void> | undefined;
  #failure: unknown;

  private constructor(private readonly handle: FileHandle) {}

  /** The file may be there already; a line that a crash tore is then cut off. */
  static async open(disk: Disk, path: string): Promise<Journal> {
    const noLink = constants.O_NOFOLLOW ?? 0;
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | noLink;
    const handle = await disk.open(path, flags).catch((error) => {
      if (codeOf(error) !== 'EISDIR') throw error;
      throw new UserError(`${path}: expected a file, got a folder; move it away to go on`);
    });
    try {
      const status = await handle.stat();
      if (!status.isFile()) throw new UserError(`${path}: expected a file, got something else`);
      const tail = new Uint8Array(Math.min(TAIL, status.size));
      const filled = await readAt(handle, tail, status.size - tail.length);
      const torn = filled - 1 - tail.subarray(0, filled).lastIndexOf(NEWLINE);
      if (torn > 0) await handle.truncate(status.size - torn);
      return new Journal(handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Adds a line, which is written as soon as the ones before it are. */
  add(line: string): void {
    if (this.#failure !== undefined) return;
    this.#lines.push(`${line}\n`);
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    try {
      while (this.#lines.length > 0) await writeAll(this.handle, Buffer.from(this.#lines.splice(0).join('')));
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#writing = undefined;
    }
  }

  /** What went wrong with a line, if anything did: whoever adds lines asks now and then. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Resolves once all lines are written, and outlive a power loss. @throws what went wrong */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
    await this.handle.sync();
  }

  async close(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    await this.handle.close();
  }
}
