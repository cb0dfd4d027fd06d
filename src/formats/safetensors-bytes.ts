/**
 * Bytes as tensors in the safetensors format (8 bytes header length, JSON header, data; little-endian). Knows no disk: it
 * runs wherever there are bytes.
 */
import { shortened } from '../user-error.js';
import { isMapping, parseJson } from './json.js';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** Says what is wrong with the file. */
export type Fail = (what: string) => never;

/** Longest header that is read: that of a model of 65,535 classes has some 2 MiB. */
export const MOST_HEADER = 1 << 24;
/** Bytes of the header's length, which a file begins with. */
export const LENGTH_BYTES = 8;

/** Bytes of a value, of the format's types that training uses. */
const BYTES: Readonly<Record<string, number>> = { F32: 4, F64: 8 };

/** A whole file's metadata, tensors and data, which are not copied where they are aligned. */
export function parseSafetensors(file: Uint8Array, fail: Fail) {
  const at = LENGTH_BYTES + headerLength(file.subarray(0, LENGTH_BYTES), file.length, fail);
  const data = file.subarray(at);
  const { metadata, entries } = parseHeader(file.subarray(LENGTH_BYTES, at), data.length, fail);
  return { metadata, data, tensors: tensorsIn(entries, data) };
}

/** How long the header is. @param start the first bytes, eight if there are so many @param size of the whole file */
export function headerLength(start: Uint8Array, size: number, fail: Fail): number {
  const got = Math.min(start.length, size);
  if (got < LENGTH_BYTES) fail(`truncated: expected at least ${LENGTH_BYTES} bytes, got ${got}`);
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MOST_HEADER)) fail(`expected a header of at most ${MOST_HEADER} bytes, got ${length}`);
  if (LENGTH_BYTES + Number(length) > size) {
    fail(`truncated: its header has ${length} bytes, the file ${size - LENGTH_BYTES} after the length`);
  }
  return Number(length);
}

export interface Entry {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Checks that a header is one, and that its tensors cover `bytes` bytes of data exactly, each byte once. */
export function parseHeader(
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

export function tensorsIn(entries: readonly Entry[], data: Uint8Array): Tensors {
  const tensors = Object.create(null) as Record<string, Tensor>;
  for (const { name, type, shape, begin, end } of entries) {
    const Values = type === 'F32' ? Float32Array : Float64Array;
    const isAligned = (data.byteOffset + begin) % Values.BYTES_PER_ELEMENT === 0;
    // Not `slice`, which a Buffer of Node's has otherwise.
    const aligned = isAligned ? data.subarray(begin, end) : new Uint8Array(data.subarray(begin, end));
    const values = new Values(
      aligned.buffer as ArrayBuffer,
      aligned.byteOffset,
      (end - begin) / Values.BYTES_PER_ELEMENT,
    );
    tensors[name] = { shape, data: values };
  }
  return tensors;
}
