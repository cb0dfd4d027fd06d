/**
 * Arrays by name in NumPy's NPZ format: a zip of NPY files (versions 1 to 3), one an array. Written without compression
 * and always with the same bytes; read however it was packed, one array after another (`zip.ts`, `npy.ts`).
 */
import { type Zippable, zipSync } from 'fflate';
import { shortened, UserError } from '../errors.js';
import { type Content, LARGEST_EXPANSION } from './content.js';
import { openArray } from './npy.js';
import { declaredIn } from './npy-header.js';
import type { Tensor, Tensors } from './safetensors.js';
import { withMember, zipNames } from './zip.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** A zip without the extensions for large files. */
const MOST_BYTES = 2 ** 32 - 1;
const LAST_CHARACTER = 0x10_ffff;

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
  /** The arrays of floats, rows first (C order). */
  readonly tensors: Tensors;
  /** The single texts. */
  readonly texts: Readonly<Record<string, string>>;
  /** The names of arrays of anything else. */
  readonly others: readonly string[];
}

/** @param most bytes that its arrays may take in memory @throws UserError naming the file */
export async function readNpz(path: string, most = MOST_BYTES): Promise<NpzFile> {
  const tensors: Record<string, Tensor> = {};
  const texts: Record<string, string> = {};
  const others: string[] = [];
  let left = most;
  for (const member of await zipNames(path)) {
    if (!member.endsWith('.npy')) continue;
    const name = member.slice(0, -'.npy'.length);
    const place = { where: `${path}#${shortened(name)}`, file: path, member };
    const { descr, text } = await withMember(path, member, (content) => lookedAt(place.where, content));
    if (text !== undefined) texts[name] = text;
    else if (/^[<>=|]?f[248]$/.test(descr)) {
      const array = await openArray(place);
      const { shape, length, as } = array;
      left -= length * (as === 'float64' ? 8 : 4);
      if (left < 0) throw new UserError(`${path}: unpacks to more than ${most} bytes`);
      const data = as === 'float64' ? new Float64Array(length) : new Float32Array(length);
      await array.readInto(data);
      tensors[name] = { shape, data };
    } else others.push(name);
  }
  return { tensors, texts, others };
}

/** An array's type; and of a single text what it says. */
async function lookedAt(where: string, content: Content): Promise<{ descr: string; text?: string }> {
  const { descr, shape, bytes } = await declaredIn(where, content);
  const [, characters] = /^<U(\d+)$/.exec(descr) ?? [];
  if (characters === undefined || shape.length > 0) return { descr };
  const size = 4 * Number(characters);
  const most = content.gzipped ? content.size * LARGEST_EXPANSION : content.size;
  const points = new Uint32Array(bytes + size > most ? 0 : size / 4);
  if ((await content.fill(new Uint8Array(points.buffer))) < size)
    throw new UserError(`${where}: is truncated`);
  const text = Array.from(points, (point) => String.fromCodePoint(Math.min(point, LAST_CHARACTER))).join('');
  return { descr, text: text.replace(/\0+$/, '') };
}
