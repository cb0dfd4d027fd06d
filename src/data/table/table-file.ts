/**
 * Columns of a table as a file of this program's own, read as quickly as the disk gives it: a header, each column's
 * values, and a SHA-256 of all that. It is for the same machine and the same version; nothing promises to read old ones.
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { readAt, writeAll } from '../../machine/disk.js';
import type { Column } from './column.js';

/** What of a table is kept. */
export interface Kept {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
  /** Of a table of several files, the row that each ends before. */
  readonly ends: readonly number[];
}

/** Changes with the layout, and with what cells are taken for. */
export const TABLE_FORMAT = 'gradpool-table-1';

interface Header {
  readonly format: string;
  readonly rows: number;
  readonly ends: readonly number[];
  /** `names`: bytes of the categories' names, which follow the codes. */
  readonly columns: readonly {
    readonly name: string;
    readonly type: Column['type'];
    readonly names?: number;
  }[];
}

const DIGEST = 32;
/** Bytes at a time, between which others have their turn. */
const CHUNK = 1 << 24;
const WIDTH = { number: 8, date: 8, category: 4 } as const;

/** The parts of a file, but for its digest. @throws RangeError for dictionaries that are too long for a text */
export function encodeTable({ rows, columns, ends }: Kept): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const described = [...columns].map(([name, column]): Header['columns'][number] => {
    if (column.type !== 'category') {
      parts.push(bytesOf(column.values));
      return { name, type: column.type };
    }
    // JSON keeps every text, halves of surrogate pairs too.
    const names = Buffer.from(JSON.stringify(column.names));
    parts.push(bytesOf(column.codes), names);
    return { name, type: column.type, names: names.length };
  });
  const header: Header = { format: TABLE_FORMAT, rows, ends, columns: described };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return [length, json, ...parts];
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array | Int32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Writes parts and their digest. @throws the disk's errors */
export async function writeTable(handle: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  const hash = createHash('sha256');
  for (const part of parts) {
    for (let at = 0; at < part.length; at += CHUNK) {
      const chunk = part.subarray(at, at + CHUNK);
      hash.update(chunk);
      await writeAll(handle, chunk);
    }
  }
  await writeAll(handle, hash.digest());
}

/**
 * Reads a file that is whole.
 * @returns undefined for one that is damaged, or of another version @throws the disk's errors
 */
export async function readTableFile(path: string): Promise<Kept | undefined> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    return await new Reading(handle, size - DIGEST).table();
  } finally {
    await handle.close();
  }
}

/** One file from its beginning to its end, hashed on the way. */
class Reading {
  readonly #hash: Hash = createHash('sha256');
  #at = 0;

  /** @param end bytes before the digest */
  constructor(
    private readonly handle: FileHandle,
    private readonly end: number,
  ) {}

  async table(): Promise<Kept | undefined> {
    if (this.end < 8) return undefined;
    const length = Buffer.from(await this.#next(8)).readBigUInt64LE();
    if (length > BigInt(this.end - 8)) return undefined;
    const header = headerIn(Buffer.from(await this.#next(Number(length))).toString());
    if (header === undefined) return undefined;
    const { rows, ends } = header;
    const bytes = header.columns.reduce(
      (sum, { type, names = 0 }) => sum + rows * WIDTH[type] + names,
      this.#at,
    );
    // Nothing is allocated for what a damaged header says.
    if (bytes !== this.end) return undefined;
    const read: (readonly [string, Column | { codes: Int32Array; names: Uint8Array }])[] = [];
    for (const { name, type, names } of header.columns) {
      const values = (await this.#next(rows * WIDTH[type])).buffer as ArrayBuffer;
      if (type !== 'category') read.push([name, { type, values: new Float64Array(values) }]);
      else read.push([name, { codes: new Int32Array(values), names: await this.#next(names ?? 0) }]);
    }
    const digest = new Uint8Array(DIGEST);
    await readAt(this.handle, digest, this.end);
    if (!this.#hash.digest().equals(digest)) return undefined;
    const columns = new Map<string, Column>();
    for (const [name, column] of read) {
      if ('type' in column) columns.set(name, column);
      else {
        const names = JSON.parse(Buffer.from(column.names).toString()) as string[];
        columns.set(name, { type: 'category', codes: column.codes, names });
      }
    }
    return { rows, columns, ends };
  }

  async #next(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += CHUNK) {
      const chunk = bytes.subarray(at, at + CHUNK);
      await readAt(this.handle, chunk, this.#at);
      this.#hash.update(chunk);
      this.#at += chunk.length;
    }
    return bytes;
  }
}

/** A header of this version, of which only the sums are still to be checked. */
function headerIn(text: string): Header | undefined {
  try {
    const header = JSON.parse(text) as Header;
    const isHeader =
      header.format === TABLE_FORMAT &&
      Number.isSafeInteger(header.rows) &&
      header.columns.every(({ type }) => Object.hasOwn(WIDTH, type));
    return isHeader ? header : undefined;
  } catch {
    return undefined;
  }
}
