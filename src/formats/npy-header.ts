/** The header of an NPY array: a line of Python that says type, order and shape, of which only that much is understood. */
import { quoted, shortened, UserError } from '../errors.js';
import type { Content } from './content.js';
import { decoders, type NpyType } from './npy-types.js';

export interface NpyHeader {
  readonly type: NpyType;
  /** Whether its bytes are in the other order than this machine's. */
  readonly swapped: boolean;
  /** Whether the first index runs fastest. */
  readonly fortran: boolean;
  /** Sizes of its dimensions; none for a single value. */
  readonly shape: readonly number[];
}

const MAGIC = '\x93NUMPY';
/** NumPy itself reads no longer ones unasked. */
const MOST_HEADER = 10_000;
const MOST_DIMENSIONS = 64;

/** What a header says, of an array of any type. */
export interface NpyDeclared extends Pick<NpyHeader, 'fortran' | 'shape'> {
  /** NumPy's name for the type, such as `<f4`; of a structured array no more than `[`. */
  readonly descr: string;
  /** Bytes before the first value. */
  readonly bytes: number;
}

/**
 * Reads a header of numbers: the content then goes on with the values.
 * @param check is given what the header declares, and how many bytes it has
 * @throws UserError
 */
export async function headerOf(
  where: string,
  content: Content,
  check: (header: NpyHeader, headerBytes: number) => void,
): Promise<NpyHeader> {
  const { descr, fortran, shape, bytes } = await declaredIn(where, content);
  const header = { ...typeOf(where, descr), fortran, shape };
  check(header, bytes);
  return header;
}

/** Reads a header, whatever its type: the content then goes on with the values. @throws UserError */
export async function declaredIn(where: string, content: Content): Promise<NpyDeclared> {
  const start = Buffer.alloc(8);
  const got = await content.fill(start);
  if (got === 0) throw new UserError(`${where}: is empty; expected an NPY array`);
  if (start.toString('latin1', 0, 6) !== MAGIC) {
    throw new UserError(`${where}: expected an NPY array, which begins with \\x93NUMPY, got something else`);
  }
  const [major, minor] = [start[6], start[7]];
  if (got < 8) throw new UserError(`${where}: truncated: its header is not all there; fetch it again`);
  if (major < 1 || major > 3) {
    throw new UserError(`${where}: expected NPY of version 1, 2 or 3, got ${major}.${minor}`);
  }
  const lengthBytes = Buffer.alloc(major === 1 ? 2 : 4);
  const whole = (await content.fill(lengthBytes)) === lengthBytes.length;
  const length = lengthBytes.readUIntLE(0, lengthBytes.length);
  if (length > MOST_HEADER) {
    throw new UserError(`${where}: expected a header of at most ${MOST_HEADER} bytes, got ${length}`);
  }
  const text = Buffer.alloc(length);
  if (!whole || (await content.fill(text)) < length) {
    throw new UserError(`${where}: truncated: its header is not all there; fetch it again`);
  }
  const bytes = 8 + lengthBytes.length + length;
  return { ...parsed(where, text.toString(major === 3 ? 'utf8' : 'latin1')), bytes };
}

function parsed(where: string, text: string): Omit<NpyDeclared, 'bytes'> {
  const fail = (): UserError => new UserError(`${where}: expected an NPY header, got ${quoted(text.trim())}`);
  if (!/^\s*\{.*\}\s*$/s.test(text)) throw fail();
  const order = /'fortran_order'\s*:\s*(True|False)\b/.exec(text)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d\sL,]*)\)/.exec(text)?.[1];
  if (order === undefined || sizes === undefined) throw fail();
  const shape = sizes
    .split(',')
    .map((size) => size.trim().replace(/L$/, ''))
    .filter((size) => size !== '')
    .map(Number);
  if (!shape.every(Number.isSafeInteger) || shape.length > MOST_DIMENSIONS) throw fail();
  const [, descr, structured] = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(text) ?? [];
  if (descr === undefined && structured === undefined) throw fail();
  return { descr: descr ?? structured, fortran: order === 'True', shape };
}

/** What types that hold no numbers are called. */
const others: Readonly<Record<string, string>> = {
  O: 'Python objects, which are never unpickled',
  U: 'texts',
  S: 'bytes',
  a: 'bytes',
  V: 'records',
  c: 'complex numbers',
  M: 'dates',
  m: 'durations',
  g: 'long doubles',
};

const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function typeOf(where: string, descr: string): Pick<NpyHeader, 'type' | 'swapped'> {
  if (descr === '[') {
    throw new UserError(
      `${where}: is a structured array, whose rows are records; expected numbers: save each field as an array of its own`,
    );
  }
  const [, order, name] = /^([<>|=]?)(.+)$/.exec(descr) ?? [];
  if (name !== undefined && Object.hasOwn(decoders, name)) {
    const type = name as NpyType;
    const swapped =
      decoders[type].bytes > 1 && (order === '<' || order === '>') && (order === '<') !== isLittle;
    return { type, swapped };
  }
  const what = others[name?.[0] ?? ''];
  throw new UserError(
    `${where}: expected numbers (${Object.keys(decoders).join(', ')}), got ${JSON.stringify(shortened(descr))}` +
      `${what === undefined ? '' : `: ${what}`}; convert it, as in x.astype('float32')`,
  );
}
