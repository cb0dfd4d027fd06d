/**
 * Columns of a table as a file of this program's own: segments of columns, as they came, and at the end a footer that says
 * where they lie. Each column has a SHA-256 of its values, whichever segments they lie in, and the footer one of its own. It
 * is for the same machine and the same version; nothing promises to read old ones.
 */
import { createHash, type Hash } from 'node:crypto';
import { ftruncateSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { readAt } from '../machine/disk.js';

/** Changes with the layout, and with what cells are taken for. */
export const TABLE_FORMAT = 'gradpool-table-2';

/** Bytes of a value of each type: a float64, or an int32 that is a place among names. */
export const WIDTH = { number: 8, date: 8, category: 4 } as const;
type ColumnType = keyof typeof WIDTH;

/** Where a column lies. */
export interface StoredColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** In order: each segment's first byte, and its rows. */
  readonly segments: readonly (readonly [at: number, rows: number])[];
  /** Of categories: first byte and bytes of their names, as JSON. */
  readonly names?: readonly [at: number, bytes: number];
  /** Of the values and, after them, the names, in hex. */
  readonly sha256: string;
}

export interface Footer {
  readonly format: string;
  readonly rows: number;
  /** Of a table of several files, the row that each ends before. */
  readonly ends: readonly number[];
  readonly columns: readonly StoredColumn[];
}

const DIGEST = 32;
/** The footer's length, and its digest. */
const TAIL = 8 + DIGEST;
export const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array | Int32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** A column while it is written. */
export interface ColumnWriter {
  put(values: Float64Array | Int32Array): void;
  /** Forgets what was put so far; its bytes stay, and nothing leads to them. */
  forget(): void;
}

/** Writes a file from its beginning on, without a pause, as cells come without one. @throws the disk's errors */
export class TableWriter {
  #at = 0;
  #columns = new Map<string, { segments: [number, number][]; hash: Hash }>();

  constructor(private readonly handle: FileHandle) {}

  /** Bytes so far. */
  get bytes(): number {
    return this.#at;
  }

  /** Begins anew. */
  restart(): void {
    if (this.#at > 0) ftruncateSync(this.handle.fd, 0);
    this.#at = 0;
    this.#columns = new Map();
  }

  column(name: string): ColumnWriter {
    const column = { segments: [] as [number, number][], hash: createHash('sha256') };
    this.#columns.set(name, column);
    return {
      put: (values) => {
        const bytes = bytesOf(values);
        column.hash.update(bytes);
        column.segments.push([this.#at, values.length]);
        this.#write(bytes);
      },
      forget: () => {
        column.segments = [];
        column.hash = createHash('sha256');
      },
    };
  }

  /**
   * Writes what leads to the columns: the file is whole then.
   * @throws RangeError for names that are too long for a text
   */
  finish(
    rows: number,
    ends: readonly number[],
    columns: Iterable<
      readonly [name: string, { readonly type: ColumnType; readonly names?: readonly string[] }]
    >,
  ): Footer {
    const stored = [...columns].map(([name, { type, names }]): StoredColumn => {
      const { segments, hash } = this.#columns.get(name) as { segments: [number, number][]; hash: Hash };
      if (type !== 'category') return { name, type, segments, sha256: hash.digest('hex') };
      // JSON keeps every text, halves of surrogate pairs too.
      const json = Buffer.from(JSON.stringify(names));
      const at = this.#at;
      this.#write(json);
      return { name, type, segments, names: [at, json.length], sha256: hash.update(json).digest('hex') };
    });
    const footer: Footer = { format: TABLE_FORMAT, rows, ends, columns: stored };
    const json = Buffer.from(JSON.stringify(footer));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    this.#write(json);
    this.#write(length);
    this.#write(createHash('sha256').update(json).digest());
    return footer;
  }

  #write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const written = writeSync(this.handle.fd, bytes, done, bytes.length - done, this.#at);
      done += written;
      this.#at += written;
    }
  }
}

/** @returns undefined for a file that is damaged, or of another version @throws the disk's errors */
export async function readFooter(handle: FileHandle): Promise<Footer | undefined> {
  const { size } = await handle.stat();
  if (size < TAIL) return undefined;
  const tail = Buffer.alloc(TAIL);
  await readAt(handle, tail, size - TAIL);
  const length = tail.readBigUInt64LE();
  if (length > BigInt(size - TAIL)) return undefined;
  const json = Buffer.alloc(Number(length));
  const end = size - TAIL - json.length;
  await readAt(handle, json, end);
  if (!createHash('sha256').update(json).digest().equals(tail.subarray(8))) return undefined;
  const footer = JSON.parse(json.toString()) as Footer;
  // What was hashed was written so; only a version may be another.
  return footer.format === TABLE_FORMAT && isWithin(footer, end) ? footer : undefined;
}

/** Whether all segments lie before the footer: nothing is allocated for what was cut off. */
function isWithin({ columns }: Footer, end: number): boolean {
  return columns.every(
    ({ type, segments, names = [0, 0] }) =>
      names[0] + names[1] <= end && segments.every(([at, rows]) => at + rows * WIDTH[type] <= end),
  );
}
