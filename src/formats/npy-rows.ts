/** Rows of an NPY file, read where they stand: for arrays larger than memory. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { readAt } from '../machine/disk.js';
import { contentError, withContent } from './content.js';
import { openNpy, placeIn } from './npy.js';
import { headerOf } from './npy-header.js';
import { decoders, type NpyValues } from './npy-types.js';

/** An array whose rows can be read in any order. */
export interface NpyRows {
  readonly path: string;
  readonly rows: number;
  /** Sizes of one row, and how many values that is. */
  readonly shape: readonly number[];
  readonly width: number;
  readonly as: NpyValues['as'];
  /**
   * Reads rows [first, first + count) to where row `at` of `into` begins.
   * @throws UserError where the file is no longer what it was, or an integer is beyond 2^53
   */
  read(first: number, count: number, into: NpyValues['values'], at: number): Promise<void>;
  /** SHA-256 of header, size and some bytes from all over the file: what tells it from others without reading all of it. */
  fingerprint(): Promise<string>;
}

const SAMPLES = 64;
const SAMPLE_BYTES = 1 << 16;

/** @throws UserError for what is no NPY array, and for one whose rows do not lie next to each other on the disk */
export async function openNpyRows(path: string): Promise<NpyRows> {
  const { shape: all, type, fortran, swapped, as, length } = await openNpy(path);
  const [rows = 0, ...shape] = all;
  let begin = 0;
  let gzipped = false;
  if (!/\.npz(#|$)/i.test(path)) {
    await withContent(path, async (content) => {
      gzipped = content.gzipped;
      await headerOf(path, content, (_, headerBytes) => {
        begin = headerBytes;
      });
    });
  }
  if (begin === 0 || gzipped || (fortran && all.length > 1)) {
    const got = begin === 0 ? 'one in an archive' : gzipped ? 'a gzipped one' : 'one in Fortran order';
    throw new UserError(
      `${path}: expected a plain .npy file, rows first, for data that are streamed, got ${got}; save it with ` +
        'numpy.save(path, numpy.ascontiguousarray(x))',
    );
  }
  const { bytes, decode, make } = decoders[type];
  const width = length / rows;
  const asItIs =
    !swapped && make(1).BYTES_PER_ELEMENT === bytes && !['i1', 'b1', 'u4', 'i8', 'u8', 'f2'].includes(type);

  const read: NpyRows['read'] = (first, count, into, at) =>
    withHandle(path, async (handle) => {
      const values = count * width;
      const position = begin + first * width * bytes;
      const target = into.subarray(at * width, at * width + values);
      const raw = asItIs
        ? new Uint8Array(target.buffer, target.byteOffset, values * bytes)
        : Buffer.alloc(values * bytes);
      if ((await readAt(handle, raw, position)) < raw.length) {
        throw new UserError(
          `${path}: expected ${rows} rows, as when it was checked, got fewer; it was changed`,
        );
      }
      if (asItIs) return;
      // A decoder takes aligned bytes of its own.
      const wrong = decode(Buffer.from(raw.buffer, raw.byteOffset, raw.length), values, target, swapped);
      if (wrong) throw new UserError(`${path}: ${placeIn(all, first * width + wrong.at)}: ${wrong.what}`);
    });

  return {
    path,
    rows,
    shape,
    width,
    as,
    read,
    fingerprint: () =>
      withHandle(path, async (handle) => {
        const { size } = await handle.stat();
        const hash = createHash('sha256').update(JSON.stringify([all, type, swapped, size]));
        const sample = new Uint8Array(SAMPLE_BYTES);
        for (let k = 0; k < SAMPLES; k++) {
          const place = Math.floor((k * Math.max(0, size - SAMPLE_BYTES)) / (SAMPLES - 1));
          hash.update(sample.subarray(0, await readAt(handle, sample, place)));
        }
        return hash.digest('hex');
      }),
  };
}

async function withHandle<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    return await use(handle);
  } catch (error) {
    throw contentError(path, error, 'gzip');
  } finally {
    await handle?.close();
  }
}
