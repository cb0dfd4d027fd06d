/** IDX files for tests. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IdxType } from '../../src/formats/idx.js';

const codes: Record<IdxType, number> = { uint8: 8, int8: 9, int16: 11, int32: 12, float32: 13, float64: 14 };
const sizes: Record<IdxType, number> = { uint8: 1, int8: 1, int16: 2, int32: 4, float32: 4, float64: 8 };
const setters = {
  uint8: 'setUint8',
  int8: 'setInt8',
  int16: 'setInt16',
  int32: 'setInt32',
  float32: 'setFloat32',
  float64: 'setFloat64',
} as const satisfies Record<IdxType, keyof DataView>;

/** A header alone. */
export function idxHeader(shape: readonly number[], type: IdxType = 'uint8'): Buffer {
  const bytes = Buffer.alloc(4 + 4 * shape.length);
  bytes.writeUInt32BE(codes[type] * 256 + shape.length);
  for (const [i, size] of shape.entries()) bytes.writeUInt32BE(size, 4 + 4 * i);
  return bytes;
}

/** A whole file, each value by its number. */
export function idxFile(
  shape: readonly number[],
  value: (i: number) => number,
  type: IdxType = 'uint8',
): Buffer {
  const length = shape.reduce((product, size) => product * size, 1);
  const body = new DataView(new ArrayBuffer(sizes[type] * length));
  for (let i = 0; i < length; i++) body[setters[type]](sizes[type] * i, value(i));
  return Buffer.concat([idxHeader(shape, type), new Uint8Array(body.buffer)]);
}

let folders = 0;
/** Writes files into a new folder below `root`, and returns its path. */
export function folderOf(root: string, content: Readonly<Record<string, Uint8Array>>): string {
  const path = join(root, `${folders++}`);
  mkdirSync(path);
  for (const [name, bytes] of Object.entries(content)) writeFileSync(join(path, name), bytes);
  return path;
}
