/** Where the rows of a file go: a file that is not there before it is whole, or standard output. */
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { reasonOf, TEMPORARY } from '../machine/disk.js';

/** Where rows go. */
export interface RowOutput {
  /** Resolves once there is room for more. */
  write(part: string | Uint8Array): Promise<void>;
  /** All is written. @param head what the file begins with in place of what was written there; a file alone has it */
  close(head?: Uint8Array): Promise<void>;
  /** It is not, and is to leave nothing behind. */
  abandon(): Promise<void>;
}

/** @param path `-` is standard output @throws UserError for a file that cannot be written */
export async function outputOf(path: string): Promise<RowOutput> {
  if (path === '-') return { write: toStandardOutput, close: async () => {}, abandon: async () => {} };
  // What is no file, such as /dev/null, is written to as it is.
  const isFile = await stat(path).then(
    (status) => status.isFile(),
    () => true,
  );
  const temporary = isFile ? `${path}${TEMPORARY}` : path;
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const reason = reasonOf(error);
      throw reason === undefined ? error : new UserError(`${path}: cannot be written (${reason})`);
    }
  };
  const handle: FileHandle = await told(open(temporary, 'w'));
  return {
    write: async (part) => {
      await told(handle.writeFile(part));
    },
    async close(head) {
      if (head !== undefined) await told(handle.write(head, 0, head.length, 0));
      await handle.close();
      if (isFile) await told(rename(temporary, path));
    },
    async abandon() {
      await handle.close().catch(() => {});
      if (isFile) await unlink(temporary).catch(() => {});
    },
  };
}

/** Waits where the reader is slower; where it went away, nothing is to be waited for. */
async function toStandardOutput(part: string | Uint8Array): Promise<void> {
  const { stdout } = process;
  if (stdout.destroyed || stdout.write(part)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'error']) stdout.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) stdout.on(event, done);
  });
}
