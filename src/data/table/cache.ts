/**
 * Tables that were read once, kept as columns in a folder of the user's. A file's name there is a hash of all that its
 * content follows from: the bytes that were read, how they were read, and what the columns were taken for. So it is never
 * out of date, and what is damaged or gone is only read again.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Table } from './column.js';
import { readTable, type TableReader, type Wanted } from './reader.js';
import { encodeTable, type Kept, readTableFile, TABLE_FORMAT, writeTable } from './table-file.js';

export interface CacheOptions {
  readonly folder: string;
  /** The most bytes that the folder may hold; those that were not used for the longest time go first. */
  readonly limit?: number;
}

const LIMIT = 8 * 2 ** 30;
const ENDING = '.table';
const UNFINISHED = '.part';
/** What is unfinished for so long will not be finished any more. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/**
 * As `readTable`, which it calls where the cache does not have the table. Whatever goes wrong with the cache, the table is
 * read.
 */
export async function cachedTable(
  reader: TableReader,
  wanted: Wanted,
  cache: CacheOptions | undefined,
): Promise<Table> {
  const identity = cache && (await reader.identity?.().catch(() => undefined));
  if (cache === undefined || identity === undefined) return readTable(reader, wanted);
  const path = join(cache.folder, `${keyOf(identity.key, reader, wanted)}${ENDING}`);
  const kept = await readTableFile(path).catch(() => undefined);
  if (kept !== undefined) {
    const now = new Date();
    await utimes(path, now, now).catch(() => {});
    reader.ends?.splice(0, reader.ends.length, ...kept.ends);
    const { rows, columns } = kept;
    return { where: reader.where, rows, columns, place: (row) => reader.place(row) };
  }
  const table = await readTable(reader, wanted);
  // What was written to meanwhile was not what was hashed.
  if (await identity.unchanged()) {
    await keep(path, { ...table, ends: reader.ends ?? [] }, cache).catch(() => {});
  }
  return table;
}

function keyOf(identity: string, { names }: TableReader, { types, ignore, cells }: Wanted): string {
  const follows = [
    TABLE_FORMAT,
    identity,
    names,
    [...types].sort(([a], [b]) => (a < b ? -1 : 1)),
    names.filter((name) => ignore.has(name)),
    [...cells.missing].sort(),
    cells.point,
  ];
  return createHash('sha256').update(JSON.stringify(follows)).digest('hex');
}

/** Writes it under a name of its own and gives it the right one when it is whole: others see all of it or nothing. */
async function keep(path: string, kept: Kept, { folder, limit = LIMIT }: CacheOptions): Promise<void> {
  const parts = encodeTable(kept);
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size > limit) return;
  // Tables hold what their owner may read: nobody else.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await makeRoom(folder, limit - size);
  const temporary = `${path}.${randomUUID()}${UNFINISHED}`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await writeTable(handle, parts);
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Removes what was not used for the longest time until at most `most` bytes are left, and what nobody will finish. */
async function makeRoom(folder: string, most: number): Promise<void> {
  const found: { path: string; size: number; used: number }[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const isUnfinished = name.endsWith(UNFINISHED);
    if (!isUnfinished && !name.endsWith(ENDING)) continue;
    const status = await stat(path).catch(() => undefined);
    if (status === undefined) continue;
    if (isUnfinished && Date.now() - status.mtimeMs > FORGOTTEN_AFTER_MS) await rm(path, { force: true });
    else found.push({ path, size: status.size, used: status.mtimeMs });
  }
  let total = found.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of found.sort((a, b) => a.used - b.used)) {
    if (total <= most) return;
    await rm(path, { force: true });
    total -= size;
  }
}
