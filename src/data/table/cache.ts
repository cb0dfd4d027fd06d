/**
 * Tables that were read once, kept as columns in a folder of the user's. A file's name there is a hash of all that its
 * content follows from: the bytes that were read, how they were read, and what the columns were taken for. So it is never
 * out of date, and what is damaged or gone is only read again.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../errors.js';
import { TABLE_FORMAT, TableWriter } from '../../formats/table-file.js';
import { readTableFile } from '../../formats/table-rows.js';
import { pauseForMessages } from '../../machine/abandoned.js';
import type { Table } from './column.js';
import { type Identity, readTable, type TableReader, type Wanted } from './reader.js';

export interface CacheOptions {
  readonly folder: string;
  /** The most bytes that the folder may hold; those that were not used for the longest time go first. */
  readonly limit?: number;
}

/** Where a table is, or would be, kept. */
export interface Place {
  readonly path: string;
  readonly identity: Identity;
}

const LIMIT = 8 * 2 ** 30;
const ENDING = '.table';
/** Of files that hold names alone; see `kept-names.ts`. */
export const NAMES_ENDING = '.names';
const UNFINISHED = '.part';
/** What is unfinished for so long will not be finished any more. */
const FORGOTTEN_AFTER_MS = 3_600_000;
/** Values that are written before others have their turn. */
const AT_ONCE = 1 << 19;

/**
 * As `readTable`, which it calls where the cache does not have the table. Whatever goes wrong with the cache, the table is
 * read.
 */
export async function cachedTable(
  reader: TableReader,
  wanted: Wanted,
  cache: CacheOptions | undefined,
): Promise<Table> {
  const place = await placeOf(reader, wanted, cache);
  if (cache === undefined || place === undefined) return readTable(reader, wanted);
  const kept = await readTableFile(place.path).catch(() => undefined);
  if (kept !== undefined) {
    await used(place);
    reader.ends?.splice(0, reader.ends.length, ...kept.ends);
    const { rows, columns } = kept;
    return { where: reader.where, rows, columns, place: (row) => reader.place(row) };
  }
  const table = await readTable(reader, wanted);
  // What was written to meanwhile was not what was hashed.
  if (await place.identity.unchanged()) await keep(place, table, reader.ends ?? [], cache).catch(() => {});
  return table;
}

/** @returns undefined where there is no cache, or nothing tells the table from others */
export async function placeOf(
  reader: TableReader,
  { types, ignore, cells }: Wanted,
  cache: CacheOptions | undefined,
): Promise<Place | undefined> {
  const identity = cache && (await reader.identity?.().catch(() => undefined));
  if (cache === undefined || identity === undefined) return undefined;
  const { names } = reader;
  const follows = [
    TABLE_FORMAT,
    identity.key,
    names,
    [...types].sort(([a], [b]) => (a < b ? -1 : 1)),
    names.filter((name) => ignore.has(name)),
    [...cells.missing].sort(),
    cells.point,
  ];
  const key = createHash('sha256').update(JSON.stringify(follows)).digest('hex');
  return { path: join(cache.folder, `${key}${ENDING}`), identity };
}

/** Remembers that it was of use just now. */
export async function used({ path }: Pick<Place, 'path'>): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}

/** Makes a folder and those above it. (Node's own way never ends where a file system says that there is no such folder, as /proc does.) */
async function makeFolder(folder: string): Promise<void> {
  // Tables hold what their owner may read: nobody else.
  const make = () => mkdir(folder, { mode: 0o700 });
  try {
    await make().catch(async (error) => {
      if (codeOf(error) !== 'ENOENT' || existsSync(dirname(folder))) throw error;
      await makeFolder(dirname(folder));
      await make();
    });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** A new file in the folder, which has no name that anybody would look for yet. */
export async function openUnfinished(folder: string): Promise<{ handle: FileHandle; temporary: string }> {
  await makeFolder(folder);
  const temporary = join(folder, `${randomUUID()}${UNFINISHED}`);
  return { handle: await open(temporary, 'wx+', 0o600), temporary };
}

/**
 * Gives a file that is whole the name by which it is found: others see all of it or nothing. One that is larger than all
 * that the folder may hold goes.
 */
export async function publish(
  temporary: string,
  bytes: number,
  { path }: Pick<Place, 'path'>,
  { folder, limit = LIMIT }: CacheOptions,
): Promise<void> {
  if (bytes > limit) {
    await rm(temporary, { force: true });
    return;
  }
  await makeRoom(folder, limit - bytes, temporary);
  await rename(temporary, path);
}

async function keep(
  place: Place,
  { rows, columns }: Table,
  ends: readonly number[],
  cache: CacheOptions,
): Promise<void> {
  const values = [...columns.values()].reduce((sum, column) => sum + (column.type === 'category' ? 4 : 8), 0);
  if (rows * values > (cache.limit ?? LIMIT)) return;
  const { handle, temporary } = await openUnfinished(cache.folder);
  try {
    const writer = new TableWriter(handle);
    try {
      for (const [name, column] of columns) {
        const into = writer.column(name);
        const all = column.type === 'category' ? column.codes : column.values;
        for (let at = 0; at < rows; at += AT_ONCE) {
          into.put(all.subarray(at, at + AT_ONCE));
          await pauseForMessages();
        }
      }
      writer.finish(rows, ends, columns);
    } finally {
      await handle.close();
    }
    await publish(temporary, writer.bytes, place, cache);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Removes what was not used for the longest time until at most `most` bytes are left, and what nobody will finish.
 * @param except a file that neither counts nor goes
 */
async function makeRoom(folder: string, most: number, except: string): Promise<void> {
  const found: { path: string; size: number; used: number }[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const isUnfinished = name.endsWith(UNFINISHED);
    const isKept = name.endsWith(ENDING) || name.endsWith(NAMES_ENDING);
    if (path === except || (!isUnfinished && !isKept)) continue;
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
