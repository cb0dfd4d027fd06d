/**
 * The content of a file, gzipped or not, read as far as its reader asks and no further: the one way in which formats
 * open files.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../errors.js';

/** The content of a file, unpacked, from its first byte on. */
export interface Content {
  readonly gzipped: boolean;
  /** Bytes that the file takes on the disk. */
  readonly size: number;
  /** Fills `target` with the next bytes; returns how many there were, fewer only at the end. */
  fill(target: Uint8Array): Promise<number>;
  /** Bytes on the disk after the end of the content, once the end was reached. */
  surplus(): number;
}

/** 258 bytes for 2 bits: no deflate stream expands more (zlib's technical notes). */
export const LARGEST_EXPANSION = 1032;
/** Node reads less than 2 GiB a call. */
const largestRead = 1 << 28;
const unpackedChunk = 1 << 18;

/**
 * Opens `path`, gives its content to `use`, and closes it. Whether it is gzipped is seen from its first two bytes.
 * @throws UserError naming the file, where the disk or gzip refuses
 */
export async function withContent<T>(path: string, use: (content: Content) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const status = await handle.stat();
    if (!status.isFile()) throw new UserError(`${path}: expected a file, got something else`);
    const start = new Uint8Array(2);
    await handle.read(start, 0, 2, 0);
    const gzipped = start[0] === 0x1f && start[1] === 0x8b;
    return await (gzipped ? withGzip : withPlain)(handle, status.size, use);
  } catch (error) {
    throw contentError(path, error, 'gzip');
  } finally {
    await handle?.close();
  }
}

/** What to throw where the disk or zlib refused: a UserError naming the file. @param packed in which way it is */
export function contentError(path: string, error: unknown, packed: 'gzip' | 'deflated'): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code?.startsWith('Z_')) {
    return new UserError(`${path}: damaged ${packed} data (${message}); fetch it again`);
  }
  if (code === 'ENOENT') return new UserError(`${path}: no such file`);
  return syscall === undefined ? error : new UserError(`${path}: cannot be read (${message})`);
}

function withPlain<T>(handle: FileHandle, size: number, use: (content: Content) => Promise<T>): Promise<T> {
  let position = 0;
  const fill = async (target: Uint8Array): Promise<number> => {
    let filled = 0;
    while (filled < target.length) {
      const length = Math.min(target.length - filled, largestRead);
      const { bytesRead } = await handle.read(target, filled, length, position);
      if (bytesRead === 0) break;
      filled += bytesRead;
      position += bytesRead;
    }
    return filled;
  };
  return use({ gzipped: false, size, fill, surplus: () => 0 });
}

async function withGzip<T>(
  handle: FileHandle,
  size: number,
  use: (content: Content) => Promise<T>,
): Promise<T> {
  const gunzip = createGunzip({ chunkSize: unpackedChunk });
  // pipeline carries errors of the disk into gunzip, whose reader meets them; nothing is left to do here.
  pipeline(handle.createReadStream({ start: 0, autoClose: false }), gunzip, () => {});
  const chunks: AsyncIterator<Uint8Array> = gunzip[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  const fill = async (target: Uint8Array): Promise<number> => {
    let filled = 0;
    while (filled < target.length) {
      if (rest.length === 0) {
        // Backpressure keeps what is unpacked but not yet asked for to two chunks.
        const next = await chunks.next();
        if (next.done) break;
        rest = next.value;
      }
      const part = rest.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
    }
    return filled;
  };
  try {
    return await use({ gzipped: true, size, fill, surplus: () => size - gunzip.bytesWritten });
  } finally {
    gunzip.destroy();
  }
}
