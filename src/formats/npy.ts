/**
 * NPY arrays, versions 1 to 3 (numpy.lib.format), gzipped or not, and those in NPZ archives: any numeric type, both byte
 * orders, rows or columns first. The header is checked against the file before anybody allocates for it.
 */
import { shortened, UserError } from '../errors.js';
import { type Content, LARGEST_EXPANSION, withContent } from './content.js';
import { headerOf, type NpyHeader } from './npy-header.js';
import { decoders, type NpyValues } from './npy-types.js';
import { withMember, zipNames } from './zip.js';

/** An array whose header was read and checked; its values were not read yet. */
export interface NpyArray extends NpyHeader {
  /** Its file, and its name where it is one of several: `data.npz#x`. */
  readonly path: string;
  /** Number of values: the product of `shape`, none of which is 0. */
  readonly length: number;
  /** The type that holds its values in memory: the narrower widen, 64-bit integers are float64 where exact. */
  readonly as: NpyValues['as'];
  /**
   * Reads all values into `target`, of `length` values of the type `as`, rows first (C order) however the file has them.
   * @throws UserError where the file does not hold exactly what its header declares, or an integer is beyond 2^53
   */
  readInto(target: NpyValues['values']): Promise<void>;
  /**
   * Hands over all values, some at a time, in the order that the file has them: of Fortran order, columns first.
   * @param use `count` values, the first of which is number `first`; they are others once it has resolved
   * @throws as `readInto`
   */
  each(use: (values: NpyValues['values'], count: number, first: number) => unknown): Promise<void>;
}

const CHUNK_BYTES = 1 << 18;

/**
 * @param path a file, and behind `#` the name of an array in an NPZ archive; that may be left out where there is one
 * @throws UserError naming the file
 */
export async function openNpy(path: string): Promise<NpyArray> {
  return openArray(await placeOf(path));
}

/** @throws UserError beginning with `place.where` */
export async function openArray(place: ArrayPlace): Promise<NpyArray> {
  const header = await withArray(place, async (content) =>
    headerOf(place.where, content, sizeCheck(place.where, content)),
  );
  const { shape, type, fortran } = header;
  const { as, bytes, decode, make } = decoders[type];
  const length = shape.reduce((product, size) => product * size, 1);
  const declared = `the ${shape.join(' × ') || '1'} values of ${type} that its header declares`;
  const each: NpyArray['each'] = (use) =>
    withArray(place, async (content) => {
      const again = await headerOf(place.where, content, () => {});
      if (again.type !== type || again.fortran !== fortran || again.shape.join() !== shape.join()) {
        throw new UserError(`${place.where}: the file changed after it was checked; start again`);
      }
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, length * bytes));
      const values = make(chunk.length / bytes);
      for (let first = 0; first < length; ) {
        const wanted = chunk.subarray(0, Math.min(chunk.length, (length - first) * bytes));
        const got = await content.fill(wanted);
        if (got < wanted.length) {
          throw new UserError(
            `${place.where}: expected ${declared}, got ${first + Math.floor(got / bytes)}: truncated; fetch it again`,
          );
        }
        const count = wanted.length / bytes;
        const wrong = decode(wanted, count, values, again.swapped);
        if (wrong !== undefined) {
          const at = fortran ? cOrder(shape, first + wrong.at) : first + wrong.at;
          throw new UserError(`${place.where}: ${placeIn(shape, at)}: ${wrong.what}`);
        }
        await use(values, count, first);
        first += count;
      }
      // Asking for one byte more also makes gunzip compare its checksum.
      if ((await content.fill(new Uint8Array(1))) > 0 || content.surplus() > 0) {
        throw new UserError(
          `${place.where}: expected the end of the file after ${declared}, got more; fetch it again`,
        );
      }
    });
  return {
    ...header,
    path: place.where,
    length,
    as,
    each,
    async readInto(target) {
      if (target.length !== length) throw new RangeError(`expected ${length} values, got ${target.length}`);
      const put = fortran && shape.length > 1 ? scatter(shape) : undefined;
      await each((values, count, first) => {
        if (put) put(values, count, first, target);
        else target.set(count === values.length ? values : values.subarray(0, count), first);
      });
    },
  };
}

/** Where a value stands, in words: `row 17, column 3`, both from 1 on. @param at its number in C order */
export function placeIn(shape: readonly number[], at: number): string {
  const columns = shape.slice(1).reduce((product, size) => product * size, 1);
  const row = `row ${Math.floor(at / columns) + 1}`;
  return shape.length < 2 ? row : `${row}, column ${(at % columns) + 1}`;
}

/** Where an array is. */
export interface ArrayPlace {
  /** What it is called in messages. */
  readonly where: string;
  readonly file: string;
  /** Its file's name in an archive. */
  readonly member: string | undefined;
}

async function placeOf(path: string): Promise<ArrayPlace> {
  const [, file = path, key] = /^(.*\.npz)(?:#(.+))?$/is.exec(path) ?? [];
  if (!/\.npz$/i.test(file)) return { where: path, file: path, member: undefined };
  const names = await zipNames(file);
  const keys = names.map((name) => name.replace(/\.npy$/, ''));
  if (key === undefined && names.length === 1) {
    return { where: `${file}#${shortened(keys[0])}`, file, member: names[0] };
  }
  const place = keys.indexOf(key ?? '');
  if (place >= 0) return { where: path, file, member: names[place] };
  const listed =
    keys.length === 0
      ? 'none'
      : keys
          .slice(0, 12)
          .map((name) => shortened(name))
          .join(', ');
  throw new UserError(
    key === undefined
      ? `${file}: expected the name of one of its arrays, as in ${shortened(file)}#${shortened(keys[0] ?? 'x')}; it has ${listed}`
      : `${file}: has no array ${JSON.stringify(shortened(key))}; it has ${listed}`,
  );
}

function withArray<T>({ file, member }: ArrayPlace, use: (content: Content) => Promise<T>): Promise<T> {
  return member === undefined ? withContent(file, use) : withMember(file, member, use);
}

/** Holds what a header declares against what there is. */
function sizeCheck(where: string, content: Content): (header: NpyHeader, headerBytes: number) => void {
  return ({ shape, type }, headerBytes) => {
    let bytes: number = decoders[type].bytes;
    for (const size of shape) {
      bytes *= size;
      if (size === 0 || bytes > Number.MAX_SAFE_INTEGER) {
        const fault = size === 0 ? 'sizes of at least 1' : `at most ${Number.MAX_SAFE_INTEGER} bytes`;
        throw new UserError(`${where}: expected ${fault}, its header declares ${shape.join(' × ')}`);
      }
    }
    const total = headerBytes + bytes;
    if (content.gzipped ? total <= content.size * LARGEST_EXPANSION : total === content.size) return;
    const fault = content.gzipped
      ? `more than ${content.size} packed bytes can hold`
      : `there are ${content.size}: ${total > content.size ? 'truncated' : 'trailing bytes'}`;
    throw new UserError(
      `${where}: its header declares ${shape.join(' × ')} values of ${type}, ${total} bytes with the header, ${fault}; fetch it again`,
    );
  };
}

/** A value's number in C order, of one that is number `at` in Fortran order. */
function cOrder(shape: readonly number[], at: number): number {
  let rest = at;
  let stride = shape.reduce((product, size) => product * size, 1);
  let result = 0;
  for (const size of shape) {
    stride /= size;
    result += (rest % size) * stride;
    rest = Math.floor(rest / size);
  }
  return result;
}

/** Puts values that come in Fortran order where they stand in C order. */
function scatter(shape: readonly number[]) {
  const [rows] = shape;
  const stride = shape.reduce((product, size) => product * size, 1) / rows;
  return (values: ArrayLike<number>, count: number, first: number, into: { [at: number]: number }): void => {
    let to = 0;
    for (let k = 0; k < count; k++) {
      // The first index runs fastest: where a column goes is worked out once for all its rows.
      if (k === 0 || (first + k) % rows === 0) to = cOrder(shape, first + k);
      else to += stride;
      into[to] = values[k];
    }
  };
}
