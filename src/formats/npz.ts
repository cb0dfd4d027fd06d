/**
 * Arrays by name in NumPy's NPZ format: a zip of NPY files (versions 1 to 3), one an array. Written without compression
 * and always with the same bytes; read with it too, where the numbers are floats.
 */
import { unzipSync, type Zippable, zipSync } from 'fflate';
import { shortened, UserError } from '../errors.js';
import type { Tensor, Tensors } from './safetensors.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** A zip without the extensions for large files. */
const MOST_BYTES = 2 ** 32 - 1;
/** NumPy refuses to read more of a header without being told to trust it. */
const MOST_HEADER = 10_000;

/** @param texts each an array without sides, of one text @throws UserError for more than a zip can hold */
export function encodeNpz(tensors: Tensors, texts: Readonly<Record<string, string>> = {}): Uint8Array {
  const entries = [
    ...Object.entries(tensors).map(([name, tensor]) => [name, numbers(tensor)] as const),
    ...Object.entries(texts).map(([name, value]) => [name, text(value)] as const),
  ];
  const bytes = entries.reduce((sum, [name, each]) => sum + each.length + 2 * name.length + 200, 100);
  if (bytes > MOST_BYTES) {
    throw new UserError(`npz: expected at most 4 GiB of tensors, got ${bytes} bytes; use safetensors`);
  }
  // The zip format's first day: nothing of when it was written is in the file.
  const mtime = new Date(1980, 0, 1);
  const files: Zippable = {};
  for (const [name, each] of entries) files[`${name}.npy`] = [each, { level: 0, mtime }];
  return zipSync(files);
}

function numbers({ shape, data }: Tensor): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return npy(`<f${data.BYTES_PER_ELEMENT}`, sides, bytes);
}

/** A text is as many numbers of 32 bits as it has characters. */
function text(value: string): Uint8Array {
  const points = Uint32Array.from(value, (char) => char.codePointAt(0) ?? 0);
  return npy(`<U${Math.max(1, points.length)}`, '', new Uint8Array(points.buffer));
}

/** The header ends on a multiple of 64, where the data begin. */
function npy(type: string, sides: string, data: Uint8Array): Uint8Array {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sides}), }`;
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const file = new Uint8Array(10 + length + Math.max(data.length, type === '<U1' ? 4 : 0));
  file.set([...MAGIC, 1, 0, length & 0xff, length >> 8]);
  file.set(Buffer.from(`${header.padEnd(length - 1)}\n`), 10);
  file.set(data, 10 + length);
  return file;
}

/** What a file holds. */
export interface NpzFile {
  /** The arrays of floats. Those in memory order of Fortran are turned. */
  readonly tensors: Tensors;
  readonly texts: Readonly<Record<string, string>>;
  /** The names of arrays of anything else. */
  readonly others: readonly string[];
}

/** @param where what errors begin with @param most bytes that it may unpack to @throws UserError */
export function decodeNpz(bytes: Uint8Array, where: string, most = MOST_BYTES): NpzFile {
  const tensors: Record<string, Tensor> = {};
  const texts: Record<string, string> = {};
  const others: string[] = [];
  let files: Record<string, Uint8Array>;
  let total = 0;
  try {
    files = unzipSync(bytes, {
      filter({ name, originalSize }) {
        total += originalSize;
        if (total > most) throw new UserError(`${where}: unpacks to more than ${most} bytes`);
        return name.endsWith('.npy');
      },
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${where}: is no whole NPZ file (${(error as Error).message})`);
  }
  for (const [file, content] of Object.entries(files)) {
    const name = file.slice(0, -'.npy'.length);
    const array = readNpy(content, `${where}: the array "${shortened(name)}"`);
    if (array === undefined) others.push(name);
    else if (typeof array === 'string') texts[name] = array;
    else tensors[name] = array;
  }
  return { tensors, texts, others };
}

/** Undefined: an array of something other than floats. */
function readNpy(file: Uint8Array, what: string): Tensor | string | undefined {
  const fail = (why: string): never => {
    throw new UserError(`${what}: ${why}`);
  };
  if (MAGIC.some((byte, k) => file[k] !== byte) || file.length < 12) fail('is no NPY file');
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const [length, start] = file[6] === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  if (length > MOST_HEADER && file[6] !== 1) fail(`has a header of ${length} bytes`);
  if (start + length > file.length) fail('is truncated');
  const header = new TextDecoder().decode(file.subarray(start, start + length));
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? '';
  const isFortran = /'fortran_order':\s*True/.test(header);
  const sides = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? fail('has no shape');
  const shape = sides
    .split(',')
    .filter((side) => side.trim() !== '')
    .map(Number);
  const data = file.subarray(start + length);
  if (/^<U\d+$/.test(type) && shape.length === 0) {
    const points = new Uint32Array(data.slice().buffer, 0, Math.floor(data.length / 4));
    return String.fromCodePoint(...points).replace(/\0+$/, '');
  }
  const [, order, kind] = /^([<>=|]?)(f[48])$/.exec(type) ?? [];
  if (kind === undefined) return undefined;
  const each = Number(kind[1]);
  const count = shape.reduce((product, side) => product * side, 1);
  if (data.length !== count * each) {
    fail(`has the shape (${sides}) and ${data.length} bytes of ${type}`);
  }
  const own = data.slice();
  if (order === '>') each === 4 ? Buffer.from(own.buffer).swap32() : Buffer.from(own.buffer).swap64();
  const values = each === 4 ? new Float32Array(own.buffer) : new Float64Array(own.buffer);
  return isFortran && shape.length === 2 ? turned(values, shape) : { shape, data: values };
}

/** The same matrix row by row that lies there column by column. */
function turned(values: Tensor['data'], [rows, cols]: readonly number[]): Tensor {
  const data = values.slice();
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) data[r * cols + c] = values[c * rows + r];
  return { shape: [rows, cols], data };
}
