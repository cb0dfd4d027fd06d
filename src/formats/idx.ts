/**
 * IDX files of unsigned bytes, gzipped or not (format: Yann LeCun's MNIST page). The header is checked against the
 * file before anybody allocates for it.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../errors.js';

/** An IDX file whose header was read and checked; its values were not read yet. */
export interface IdxFile {
  readonly path: string;
  /** Sizes of its dimensions, slowest first; none is 0. */
  readonly shape: readonly number[];
  /** Number of values: the product of `shape`. */
  readonly length: number;
  /**
   * Reads all values into `target`, of `length` bytes, which may lie over shared memory.
   * @throws UserError when the file does not hold exactly what its header declares.
   */
  readInto(target: Uint8Array): Promise<void>;
}

/** The content of a file, unpacked, from its first byte on. */
interface Content {
  readonly gzipped: boolean;
  /** Bytes that the file takes on the disk. */
  readonly size: number;
  /** Fills `target` with the next bytes; returns how many there were, fewer only at the end. */
  fill(target: Uint8Array): Promise<number>;
  /** Bytes on the disk after the end of the content, once the end was reached. */
  surplus(): number;
}

/** 258 bytes for 2 bits: no deflate stream expands more (zlib's technical notes). */
const largestExpansion = 1032;
/** Node reads less than 2 GiB a call. */
const largestRead = 1 << 28;
const unpackedChunk = 1 << 18;
const roles = new Map([
  [0x801, ' (labels)'],
  [0x803, ' (images)'],
]);

/**
 * Opens the IDX file of unsigned bytes at `path`, which must have `rank` dimensions (1 to 255). Whether it is
 * gzipped is seen from its first two bytes. A plain file must have the size its header declares; a gzipped
 * one must be large enough to hold it.
 * @throws UserError naming the file.
 */
export async function openIdx(path: string, rank: number): Promise<IdxFile> {
  const shape = await withContent(path, (content) => readHeader(path, content, rank));
  const length = shape.reduce((product, size) => product * size, 1);
  const readInto = (target: Uint8Array): Promise<void> =>
    withContent(path, async (content) => {
      if (target.length !== length) throw new RangeError(`expected ${length} bytes, got ${target.length}`);
      const again = await readHeader(path, content, rank);
      if (again.join() !== shape.join())
        throw new UserError(`${path}: the file changed after it was checked; start again`);
      const filled = await content.fill(target);
      const declared = `the ${shape.join(' × ')} bytes that its header declares`;
      if (filled < length) {
        throw new UserError(`${path}: expected ${declared}, got ${filled}: truncated; fetch it again`);
      }
      // Asking for one byte more also makes gunzip compare its checksum.
      if ((await content.fill(new Uint8Array(1))) > 0 || content.surplus() > 0) {
        throw new UserError(
          `${path}: expected the end of the file after ${declared}, got more; fetch it again`,
        );
      }
    });
  return { path, shape, length, readInto };
}

async function readHeader(path: string, content: Content, rank: number): Promise<number[]> {
  const header = new DataView(new ArrayBuffer(4 + 4 * rank));
  const filled = await content.fill(new Uint8Array(header.buffer));
  const magic = header.getUint32(0);
  const expected = 0x800 + rank;
  if (filled >= 4 && magic !== expected) {
    throw new UserError(
      `${path}: expected the IDX magic number ${hex(expected)}, got ${hex(magic)}; ` +
        'is it the right file under the right name?',
    );
  }
  if (filled < header.byteLength) {
    throw new UserError(
      `${path}: expected an IDX header of ${header.byteLength} bytes, got ${filled}: truncated; fetch it again`,
    );
  }
  const shape = Array.from({ length: rank }, (_, i) => header.getUint32(4 + 4 * i));
  let bytes = 1;
  for (const size of shape) {
    bytes *= size;
    if (size === 0 || bytes > Number.MAX_SAFE_INTEGER) {
      const fault = size === 0 ? 'sizes of at least 1' : `at most ${Number.MAX_SAFE_INTEGER} bytes`;
      throw new UserError(
        `${path}: expected ${fault}, its header declares ${shape.join(' × ')}; fetch it again`,
      );
    }
  }
  const total = header.byteLength + bytes;
  if (content.gzipped ? total > content.size * largestExpansion : total !== content.size) {
    const fault = content.gzipped
      ? `more than ${content.size} gzipped bytes can hold`
      : `the file has ${content.size}: ${total > content.size ? 'truncated' : 'trailing bytes'}`;
    throw new UserError(
      `${path}: its header declares ${shape.join(' × ')} bytes, ${total} with the header, ${fault}; fetch it again`,
    );
  }
  return shape;
}

/** Opens `path`, gives its content to `use`, and closes it; the errors of disk and gzip name the file. */
async function withContent<T>(path: string, use: (content: Content) => Promise<T>): Promise<T> {
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
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_')) {
      throw new UserError(`${path}: damaged gzip data (${message}); fetch it again`);
    }
    if (syscall !== undefined) throw new UserError(`${path}: cannot be read (${message})`);
    throw error;
  } finally {
    await handle?.close();
  }
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

function hex(magic: number): string {
  return `0x${magic.toString(16).padStart(8, '0')}${roles.get(magic) ?? ''}`;
}
