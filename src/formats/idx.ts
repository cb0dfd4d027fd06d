/**
 * IDX files, gzipped or not (format: Yann LeCun's MNIST page): a header of the element type and the sizes, then the
 * values, big-endian. The header is checked against the file before anybody allocates for it.
 */
import { UserError } from '../errors.js';
import { type Content, LARGEST_EXPANSION, withContent } from './content.js';

/** The element types by their code in the header, and what their values are read as: the narrower signed widen. */
const TYPES = {
  uint8: { code: 0x08, bytes: 1, as: 'uint8' },
  int8: { code: 0x09, bytes: 1, as: 'int32' },
  int16: { code: 0x0b, bytes: 2, as: 'int32' },
  int32: { code: 0x0c, bytes: 4, as: 'int32' },
  float32: { code: 0x0d, bytes: 4, as: 'float32' },
  float64: { code: 0x0e, bytes: 8, as: 'float64' },
} as const;

export type IdxType = keyof typeof TYPES;
export const idxTypes = Object.keys(TYPES) as readonly IdxType[];

/** Values as a file holds them, in the machine's byte order. */
export type IdxValues = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** An IDX file whose header was read and checked; its values were not read yet. */
export interface IdxFile {
  readonly path: string;
  readonly type: IdxType;
  /** The type that holds its values in memory: int8 and int16 widen to int32. */
  readonly as: (typeof TYPES)[IdxType]['as'];
  /** Sizes of its dimensions, slowest first; none is 0. */
  readonly shape: readonly number[];
  /** Number of values: the product of `shape`. */
  readonly length: number;
  /**
   * Reads all values into `target`, of `length` values of the type `as`, which may lie over shared memory.
   * @throws UserError when the file does not hold exactly what its header declares.
   */
  readInto(target: Uint8Array | Int32Array | Float32Array | Float64Array): Promise<void>;
  /**
   * Gives all values to `use`, some 256 KiB at a time, each time with the number of the first; they are overwritten by
   * the next.
   * @throws UserError as `readInto` does
   */
  eachChunk(use: (values: IdxValues, first: number) => void): Promise<void>;
}

interface Header {
  readonly type: IdxType;
  readonly shape: readonly number[];
  readonly length: number;
}

const chunkBytes = 1 << 18;
const roles = new Map([
  [0x801, ' (labels)'],
  [0x803, ' (images)'],
]);

/**
 * Opens the IDX file at `path`. A plain file must have the size its header declares; a gzipped one must be large enough
 * to hold it.
 * @param rank dimensions that it must have, 1 to 255; undefined: any number of them
 * @param types element types that it may have
 * @throws UserError naming the file.
 */
export async function openIdx(
  path: string,
  rank?: number,
  types: readonly IdxType[] = ['uint8'],
): Promise<IdxFile> {
  const header = await withContent(path, (content) => readHeader(path, content, rank, types));
  const { type, shape, length } = header;
  const declared = `the ${shape.join(' × ')} ${unit(type)} that its header declares`;

  /** Gives `use` the content from the first value on, then sees to it that it ends where it should. */
  const reading = (use: (fill: (target: Uint8Array) => Promise<void>) => Promise<void>): Promise<void> =>
    withContent(path, async (content) => {
      const again = await readHeader(path, content, rank, types);
      if (again.type !== type || again.shape.join() !== shape.join())
        throw new UserError(`${path}: the file changed after it was checked; start again`);
      let total = 0;
      await use(async (target) => {
        const filled = await content.fill(target);
        total += filled;
        if (filled === target.length) return;
        const whole = Math.floor(total / TYPES[type].bytes);
        throw new UserError(`${path}: expected ${declared}, got ${whole}: truncated; fetch it again`);
      });
      // Asking for one byte more also makes gunzip compare its checksum.
      if ((await content.fill(new Uint8Array(1))) > 0 || content.surplus() > 0) {
        throw new UserError(
          `${path}: expected the end of the file after ${declared}, got more; fetch it again`,
        );
      }
    });

  const eachChunk: IdxFile['eachChunk'] = (use) =>
    reading(async (fill) => {
      const { bytes } = TYPES[type];
      const chunk = Buffer.from(new ArrayBuffer(Math.min(chunkBytes, length * bytes)));
      const values = viewOf[type](chunk.buffer);
      for (let first = 0; first < length; first += values.length) {
        const count = Math.min(values.length, length - first);
        const part = chunk.subarray(0, count * bytes);
        await fill(part);
        toNative[bytes](part);
        use(values.subarray(0, count), first);
      }
    });

  const readInto: IdxFile['readInto'] = async (target) => {
    if (target.length !== length) throw new RangeError(`expected ${length} values, got ${target.length}`);
    // Bytes need no turning: they go where they belong at once.
    if (type === 'uint8') await reading((fill) => fill(target as Uint8Array));
    else await eachChunk((values, first) => target.set(values, first));
  };

  return { path, ...header, as: TYPES[type].as, readInto, eachChunk };
}

const viewOf: { [Type in IdxType]: (buffer: ArrayBuffer) => IdxValues } = {
  uint8: (buffer) => new Uint8Array(buffer),
  int8: (buffer) => new Int8Array(buffer),
  int16: (buffer) => new Int16Array(buffer),
  int32: (buffer) => new Int32Array(buffer),
  float32: (buffer) => new Float32Array(buffer),
  float64: (buffer) => new Float64Array(buffer),
};

/** Turns big-endian values of so many bytes round, in place. (Kernels read little-endian memory: so do all hosts.) */
const toNative = {
  1: () => {},
  2: (bytes: Buffer) => bytes.swap16(),
  4: (bytes: Buffer) => bytes.swap32(),
  8: (bytes: Buffer) => bytes.swap64(),
};

async function readHeader(
  path: string,
  content: Content,
  wanted: number | undefined,
  types: readonly IdxType[],
): Promise<Header> {
  const start = Buffer.alloc(4);
  let filled = await content.fill(start);
  const magic = start.readUInt32BE();
  const type = idxTypes.find((name) => TYPES[name].code === magic >>> 8);
  const rank = magic & 0xff;
  const fits =
    type !== undefined && types.includes(type) && (wanted === undefined ? rank > 0 : rank === wanted);
  if (filled === 4 && !fits) {
    throw new UserError(
      `${path}: expected ${expectedMagic(wanted, types)}, got ${hex(magic)}; ` +
        'is it the right file under the right name?',
    );
  }
  const sizes = Buffer.alloc(4 * (fits ? rank : (wanted ?? 1)));
  if (filled === 4) filled += await content.fill(sizes);
  const headerBytes = start.length + sizes.length;
  if (filled < headerBytes || !fits) {
    throw new UserError(
      `${path}: expected an IDX header of ${headerBytes} bytes, got ${filled}: truncated; fetch it again`,
    );
  }
  const shape = Array.from({ length: rank }, (_, i) => sizes.readUInt32BE(4 * i));
  let bytes: number = TYPES[type].bytes;
  for (const size of shape) {
    bytes *= size;
    if (size === 0 || bytes > Number.MAX_SAFE_INTEGER) {
      const fault = size === 0 ? 'sizes of at least 1' : `at most ${Number.MAX_SAFE_INTEGER} bytes`;
      throw new UserError(
        `${path}: expected ${fault}, its header declares ${shape.join(' × ')}; fetch it again`,
      );
    }
  }
  const total = headerBytes + bytes;
  if (content.gzipped ? total > content.size * LARGEST_EXPANSION : total !== content.size) {
    const fault = content.gzipped
      ? `more than ${content.size} gzipped bytes can hold`
      : `the file has ${content.size}: ${total > content.size ? 'truncated' : 'trailing bytes'}`;
    const inBytes = type === 'uint8' ? `${total}` : `${total} bytes`;
    throw new UserError(
      `${path}: its header declares ${shape.join(' × ')} ${unit(type)}, ${inBytes} with the header, ${fault}; ` +
        'fetch it again',
    );
  }
  return { type, shape, length: bytes / TYPES[type].bytes };
}

const unit = (type: IdxType): string => (type === 'uint8' ? 'bytes' : `values of ${type}`);

function expectedMagic(rank: number | undefined, types: readonly IdxType[]): string {
  if (rank !== undefined && types.length === 1)
    return `the IDX magic number ${hex(TYPES[types[0]].code * 256 + rank)}`;
  const codes = types.map((type) => `${hex(TYPES[type].code * 256 + (rank ?? 1))} (${type})`).join(', ');
  return `an IDX file, which begins with one of ${codes}${rank === undefined ? ' or the like with more dimensions' : ''}`;
}

function hex(magic: number): string {
  return `0x${magic.toString(16).padStart(8, '0')}${roles.get(magic) ?? ''}`;
}
