/**
 * Tensors in the safetensors format (8 bytes header length, JSON header, data; little-endian), which every
 * deep-learning framework reads. A header is checked before anything is allocated for what it declares.
 */
import type { FileHandle } from 'node:fs/promises';
import { shortened, UserError } from '../errors.js';
import { type Disk, openRegular, readAt } from '../machine/disk.js';
import { isMapping, parseJson } from './json.js';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** A file that was read and whose header was checked; the data is the file's bytes, not copies of them. */
export interface SafetensorsFile {
  /** The file's first bytes: header length and header, for a checksum over all of it. */
  readonly head: Uint8Array;
  readonly data: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Tensors;
}

/** Longest header that is read. */
const MOST_HEADER = 1 << 20;
/** A run's memory is at most 4 GiB, and so is what is saved of it. */
const MOST_BYTES = 2 ** 32 + MOST_HEADER + 8;

/** Bytes of a value, of the format's types that training uses. */
const BYTES: Readonly<Record<string, number>> = { F32: 4, F64: 8 };

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

type Fail = (what: string) => never;

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
    const { syscall, message } = error as NodeJS.ErrnoException;
    return syscall === undefined ? Promise.reject(error) : fail(`cannot be read (${message})`);
  }
}

/** The header, which is found to describe exactly the bytes that the file has. */
async function readHead(handle: FileHandle, size: number, fail: Fail) {
  const start = new Uint8Array(8);
  const got = await readAt(handle, start, 0);
  if (got < 8 || size < 8) fail(`truncated: expected at least 8 bytes, got ${Math.min(got, size)}`);
  const length = new DataView(start.buffer).getBigUint64(0, true);
  if (length > BigInt(MOST_HEADER)) fail(`expected a header of at most ${MOST_HEADER} bytes, got ${length}`);
  if (8 + Number(length) > size) {
    fail(`truncated: its header has ${length} bytes, the file ${size - 8} after the length`);
  }
  const head = new Uint8Array(8 + Number(length));
  if ((await readAt(handle, head, 0)) < head.length) fail('truncated: its header is not all there');
  return { head, ...parseHeader(head.subarray(8), size - head.length, fail) };
}

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Checks that a header is one, and that its tensors cover `bytes` bytes of data exactly, each byte once. */
function parseHeader(
  json: Uint8Array,
  bytes: number,
  fail: Fail,
): { metadata: Record<string, string>; entries: Entry[] } {
  const header = parseJson(decoded(json));
  if (header === undefined) return fail('its header is not JSON');
  if (!isMapping(header)) return fail('its header is not a mapping of tensors');
  const metadata: Record<string, string> = {};
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name !== '__metadata__') {
      entries.push(entryOf(name, value, fail));
      continue;
    }
    if (!isMapping(value)) return fail('its metadata is not a mapping');
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== 'string') return fail('its metadata holds something other than text');
      metadata[key] = text;
    }
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { begin, end } of entries) {
    if (begin !== at) fail(`its tensors ${begin < at ? 'overlap' : 'leave a gap'} at byte ${at} of the data`);
    at = end;
  }
  if (at !== bytes) fail(`its tensors take ${at} bytes, the file has ${bytes} of data`);
  return { metadata, entries };
}

function entryOf(name: string, value: unknown, fail: Fail): Entry {
  const what = `the tensor "${shortened(name)}"`;
  if (!isMapping(value)) return fail(`${what} is not described by a mapping`);
  const { dtype, shape, data_offsets: offsets } = value;
  const each = typeof dtype === 'string' && Object.hasOwn(BYTES, dtype) ? BYTES[dtype] : undefined;
  if (each === undefined) return fail(`${what} has a type other than F32 and F64`);
  if (!isWhole(shape) || shape.length > 8) return fail(`${what} has no proper shape`);
  if (!isWhole(offsets) || offsets.length !== 2) return fail(`${what} has no proper place`);
  const [begin, end] = offsets;
  // Each product is looked at: a later 0 must not hide that an earlier one was beyond what a double can count.
  let size = each;
  for (const side of shape) {
    size *= side;
    if (!Number.isSafeInteger(size)) return fail(`${what} is too large`);
  }
  if (end - begin !== size) return fail(`${what} needs ${size} bytes and has ${end - begin}`);
  return { name, type: String(dtype), shape, begin, end };
}

/** The text, or none where it is not UTF-8. */
function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return '';
  }
}

const isWhole = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);

function tensorsIn(entries: readonly Entry[], data: Uint8Array): Tensors {
  const tensors = Object.create(null) as Record<string, Tensor>;
  for (const { name, type, shape, begin, end } of entries) {
    const Values = type === 'F32' ? Float32Array : Float64Array;
    const aligned =
      begin % Values.BYTES_PER_ELEMENT === 0 ? data.subarray(begin, end) : data.slice(begin, end);
    const values = new Values(
      aligned.buffer as ArrayBuffer,
      aligned.byteOffset,
      (end - begin) / Values.BYTES_PER_ELEMENT,
    );
    tensors[name] = { shape, data: values };
  }
  return tensors;
}
