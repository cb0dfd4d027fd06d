/** A file of columns that is open: any rows of any column, or whole columns. What it is made of, table-file.ts knows. */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { pauseForMessages } from '../machine/abandoned.js';
import { readAt } from '../machine/disk.js';
import { atWork } from '../machine/work.js';
import { bytesOf, type Footer, readFooter, type StoredColumn, WIDTH } from './table-file.js';

/** Bytes at a time, between which others have their turn. */
const CHUNK = 1 << 22;

/** Values of a column; NaN, or −1, is missing. */
type Column =
  | { readonly type: 'number' | 'date'; readonly values: Float64Array }
  | { readonly type: 'category'; readonly names: readonly string[]; readonly codes: Int32Array };

/** What of a column is known without its values. */
export interface ColumnHead {
  readonly type: Column['type'];
  /** Of categories, in the order in which the table has them first; else none. */
  readonly names: readonly string[];
}

export class StoredTable {
  readonly rows: number;
  readonly ends: readonly number[];
  readonly columns: ReadonlyMap<string, ColumnHead>;
  /** What tells its content from others, however it lies in the file. */
  readonly digest: string;
  readonly #stored: ReadonlyMap<string, StoredColumn>;
  readonly #reading = new Set<Promise<unknown>>();

  /** @param columns in the footer's order */
  constructor(
    private readonly handle: FileHandle,
    { rows, ends, columns: stored }: Footer,
    columns: ReadonlyMap<string, ColumnHead>,
  ) {
    this.rows = rows;
    this.ends = ends;
    this.columns = columns;
    this.#stored = new Map(stored.map((column) => [column.name, column]));
    const content = stored.map(({ name, type, sha256 }) => [name, type, sha256]);
    this.digest = createHash('sha256')
      .update(JSON.stringify([rows, ends, content]))
      .digest('hex');
  }

  /** So many neighbouring rows of a column. @param memory what to read them into; default: memory of its own */
  async read(name: string, first: number, rows: number, memory?: ArrayBuffer): Promise<Column> {
    const { type, segments } = this.#stored.get(name) as StoredColumn;
    const { names } = this.columns.get(name) as ColumnHead;
    const buffer = memory ?? new ArrayBuffer(rows * WIDTH[type]);
    const column: Column =
      type === 'category'
        ? { type, names, codes: new Int32Array(buffer, 0, rows) }
        : { type, values: new Float64Array(buffer, 0, rows) };
    const bytes = bytesOf(column.type === 'category' ? column.codes : column.values);
    const reading = this.#fill(bytes, segments, WIDTH[type], first, rows);
    this.#reading.add(reading);
    try {
      await reading;
    } finally {
      this.#reading.delete(reading);
    }
    return column;
  }

  /** In the footer's order. */
  get names(): string[] {
    return [...this.columns.keys()];
  }

  /** A column whole; undefined where there is none. */
  async column(name: string): Promise<Column | undefined> {
    return this.columns.has(name) ? this.read(name, 0, this.rows) : undefined;
  }

  /** The first rows of all columns, as many as there are. */
  async first(most: number): Promise<{ rows: number; columns: Map<string, Column> }> {
    const rows = Math.min(most, this.rows);
    const columns = new Map<string, Column>();
    for (const name of this.names) columns.set(name, await this.read(name, 0, rows));
    return { rows, columns };
  }

  async #fill(
    bytes: Uint8Array,
    segments: StoredColumn['segments'],
    width: number,
    first: number,
    rows: number,
  ): Promise<void> {
    let before = 0;
    let filled = 0;
    for (const [at, count] of segments) {
      const from = Math.max(first, before);
      const to = Math.min(first + rows, before + count);
      if (from < to) {
        const part = bytes.subarray(filled, filled + (to - from) * width);
        if ((await readAt(this.handle, part, at + (from - before) * width)) < part.length) {
          throw new Error('a file of columns became shorter while it was read');
        }
        filled += part.length;
        // Of a whole column there is much to read.
        if (filled < bytes.length) await pauseForMessages();
      }
      before += count;
      if (before >= first + rows) return;
    }
  }

  /** Waits for what is being read. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#reading);
    await this.handle.close();
  }
}

/**
 * Opens a file, and reads all of it once: what is in it is what was written.
 * @returns undefined for one that is damaged, or of another version @throws the disk's errors
 */
export async function openStored(path: string): Promise<StoredTable | undefined> {
  const handle = await open(path, 'r');
  let stored: StoredTable | undefined;
  try {
    const footer = await readFooter(handle);
    const heads = footer && (await verified(handle, footer));
    if (footer && heads) stored = new StoredTable(handle, footer, heads);
    return stored;
  } finally {
    if (stored === undefined) await handle.close();
  }
}

/** Hashes all columns, segment by segment as they lie. @returns undefined where one is not what it was */
async function verified(
  handle: FileHandle,
  { columns }: Footer,
): Promise<Map<string, ColumnHead> | undefined> {
  const parts: { at: number; bytes: number; hash: Hash }[] = [];
  const hashes = columns.map(({ type, segments }) => {
    const hash = createHash('sha256');
    for (const [at, rows] of segments) parts.push({ at, bytes: rows * WIDTH[type], hash });
    return hash;
  });
  const chunk = new Uint8Array(CHUNK);
  let done = 0;
  for (const { at, bytes, hash } of parts.sort((a, b) => a.at - b.at)) {
    for (let from = 0; from < bytes; from += CHUNK) {
      const part = chunk.subarray(0, Math.min(CHUNK, bytes - from));
      if ((await readAt(handle, part, at + from)) < part.length) return undefined;
      hash.update(part);
      done += part.length;
      atWork({ what: 'reading the table that was kept' });
      if (done < CHUNK) continue;
      done = 0;
      await pauseForMessages();
    }
  }
  const heads = new Map<string, ColumnHead>();
  for (const [k, column] of columns.entries()) {
    const json = await namesOf(handle, column);
    if (hashes[k].update(json).digest('hex') !== column.sha256) return undefined;
    heads.set(column.name, headOf(column, json));
  }
  return heads;
}

async function namesOf(handle: FileHandle, { names: [at, length] = [0, 0] }: StoredColumn): Promise<Buffer> {
  const json = Buffer.alloc(length);
  await readAt(handle, json, at);
  return json;
}

const headOf = ({ type }: StoredColumn, json: Buffer): ColumnHead => ({
  type,
  names: type === 'category' ? (JSON.parse(json.toString()) as string[]) : [],
});

/**
 * Reads the columns of a file whole.
 * @returns undefined for one that is damaged, or of another version @throws the disk's errors
 */
export async function readTableFile(path: string): Promise<
  | {
      readonly rows: number;
      readonly ends: readonly number[];
      readonly columns: ReadonlyMap<string, Column>;
    }
  | undefined
> {
  const handle = await open(path, 'r');
  try {
    const footer = await readFooter(handle);
    if (footer === undefined) return undefined;
    const heads = new Map<string, ColumnHead>();
    for (const column of footer.columns) heads.set(column.name, { type: column.type, names: [] });
    const stored = new StoredTable(handle, footer, heads);
    const columns = new Map<string, Column>();
    for (const column of footer.columns) {
      atWork({
        what: 'reading the table that was kept',
        done: columns.size * footer.rows,
        total: footer.columns.length * footer.rows,
      });
      const values = await stored.read(column.name, 0, footer.rows);
      const hash = createHash('sha256');
      const bytes = bytesOf(values.type === 'category' ? values.codes : values.values);
      for (let at = 0; at < bytes.length; at += CHUNK) {
        hash.update(bytes.subarray(at, at + CHUNK));
        await pauseForMessages();
      }
      const json = await namesOf(handle, column);
      if (hash.update(json).digest('hex') !== column.sha256) return undefined;
      columns.set(
        column.name,
        values.type === 'category' ? { ...values, names: headOf(column, json).names } : values,
      );
    }
    return { rows: footer.rows, ends: footer.ends, columns };
  } finally {
    await handle.close();
  }
}
