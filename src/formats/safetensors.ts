/**
 * Tensors in the safetensors format (8 bytes header length, JSON header, data; little-endian), which every
 * deep-learning framework reads. A header is checked before anything is allocated for what it declares.
 */
import type { FileHandle } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { type Disk, openRegular, readAt } from '../machine/disk.js';
import {
  type Fail,
  headerLength,
  LENGTH_BYTES,
  MOST_HEADER,
  parseHeader,
  type Tensor,
  type Tensors,
  tensorsIn,
} from './safetensors-bytes.js';

export type { Tensor, Tensors } from './safetensors-bytes.js';

/** A file that was read and whose header was checked; the data is the file's bytes, not copies of them. */
export interface SafetensorsFile {
  /** The file's first bytes: header length and header, for a checksum over all of it. */
  readonly head: Uint8Array;
  readonly data: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Tensors;
}

/** A run's memory is at most 4 GiB, and so is what is saved of it. */
const MOST_BYTES = 2 ** 32 + MOST_HEADER + 8;

/** The file in two parts, its header and each tensor's bytes in the order given. */
export function encodeSafetensors(
  tensors: Tensors,
  metadata: Readonly<Record<string, string>>,
): { head: Uint8Array; data: Uint8Array[] } {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const dtype = data instanceof Float32Array ? 'F32' : 'F64';
    header[name] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  // The format lets a header end in spaces; data then begins on a multiple of 8.
  const json = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, 8);
  const bytes = ({ data }: Tensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { head, data: Object.values(tensors).map(bytes) };
}

/** The metadata of a file whose header is sound, without its data. @throws as `readSafetensors` */
export async function readMetadata(disk: Disk, path: string): Promise<SafetensorsFile['metadata']> {
  return reading(disk, path, async (handle, size, fail) => (await readHead(handle, size, fail)).metadata);
}

/**
 * Reads a file. Allocates for it only once its header has been found to describe exactly the bytes that it has.
 * @throws UserError saying what is wrong with it, or why it cannot be read
 */
export async function readSafetensors(disk: Disk, path: string): Promise<SafetensorsFile> {
  return reading(disk, path, async (handle, size, fail) => {
    const { head, metadata, entries } = await readHead(handle, size, fail);
    const data = new Uint8Array(size - head.length);
    if ((await readAt(handle, data, head.length)) < data.length) fail('truncated while it was read');
    return { head, data, metadata, tensors: tensorsIn(entries, data) };
  });
}

/** Opens a file for `read`, and closes it. */
async function reading<T>(
  disk: Disk,
  path: string,
  read: (handle: FileHandle, size: number, fail: Fail) => Promise<T>,
): Promise<T> {
  const fail: Fail = (what) => {
    throw new UserError(`${path}: ${what}`);
  };
  try {
    const { handle, size } = await openRegular(disk, path, MOST_BYTES);
    try {
      return await read(handle, size, fail);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { syscall, message, code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return fail('no such file');
    return syscall === undefined ? Promise.reject(error) : fail(`cannot be read (${message})`);
  }
}

/** The header, which is found to describe exactly the bytes that the file has. */
async function readHead(handle: FileHandle, size: number, fail: Fail) {
  const start = new Uint8Array(LENGTH_BYTES);
  const got = await readAt(handle, start, 0);
  const length = headerLength(start.subarray(0, got), size, fail);
  const head = new Uint8Array(LENGTH_BYTES + length);
  if ((await readAt(handle, head, 0)) < head.length) fail('truncated: its header is not all there');
  return { head, ...parseHeader(head.subarray(LENGTH_BYTES), size - head.length, fail) };
}
