/**
 * A table that is larger than memory: read once, cell by cell, into a file of columns, of which any rows can be read then.
 * The file stays in the cache; without one it has no name from its first byte on, so that nothing is left of it whatever
 * happens.
 */
import { type FileHandle, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { quoted, UserError } from '../../errors.js';
import { TableWriter } from '../../formats/table-file.js';
import { type ColumnHead, openStored, StoredTable } from '../../formats/table-rows.js';
import { reasonOf } from '../../machine/disk.js';
import { ColumnBuilder } from './builder.js';
import { type CacheOptions, openUnfinished, type Place, placeOf, publish, used } from './cache.js';
import { readColumns, type TableReader, type Wanted } from './reader.js';

/** Values that wait in memory to be written, of all columns together. */
const WAITING = 1 << 22;
/** Values of a segment. */
const LARGEST = 1 << 16;
const SMALLEST = 1 << 9;

/**
 * @throws UserError as `readTable`, for a column of more different texts than memory is for, and where the disk has no room
 */
export async function storedTable(
  reader: TableReader,
  wanted: Wanted,
  cache: CacheOptions | undefined,
): Promise<StoredTable> {
  const place = await placeOf(reader, wanted, cache);
  const kept = place && (await openStored(place.path).catch(() => undefined));
  if (place && kept) {
    await used(place);
    reader.ends?.splice(0, reader.ends.length, ...kept.ends);
    return kept;
  }
  const { handle, temporary, folder } = await opened(cache);
  try {
    if (place === undefined) await rm(temporary, { force: true });
    const { stored, bytes } = await written(reader, wanted, handle, folder);
    if (place && cache) await name(temporary, bytes, place, cache);
    return stored;
  } catch (error) {
    await handle.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A new file in the cache, or where that cannot be written to in the system's folder for such. */
async function opened(
  cache: CacheOptions | undefined,
): Promise<{ handle: FileHandle; temporary: string; folder: string }> {
  for (const folder of [...(cache ? [cache.folder] : []), tmpdir()]) {
    const found = await openUnfinished(folder).catch(() => undefined);
    if (found) return { ...found, folder };
  }
  throw new UserError(
    `data.stream: expected a folder to keep columns in, and neither the cache nor ${tmpdir()} can be written to; ` +
      'name one in GRADPOOL_CACHE',
  );
}

async function name(temporary: string, bytes: number, place: Place, cache: CacheOptions): Promise<void> {
  // What was written to meanwhile was not what was hashed. The file is open and stays so, whatever becomes of its name.
  const unchanged = await place.identity.unchanged();
  if (unchanged) await publish(temporary, bytes, place, cache).catch(() => {});
  await rm(temporary, { force: true });
}

async function written(
  reader: TableReader,
  wanted: Wanted,
  handle: FileHandle,
  folder: string,
): Promise<{ stored: StoredTable; bytes: number }> {
  const writer = new TableWriter(handle);
  const columns = reader.names.length - wanted.ignore.size;
  const size = 2 ** Math.floor(Math.log2(Math.min(LARGEST, Math.max(SMALLEST, WAITING / columns))));
  try {
    const builders = await readColumns(reader, {
      ...wanted,
      begin: () => writer.restart(),
      builder: (name, type) =>
        new ColumnBuilder(type, wanted.cells, {
          size,
          ...writer.column(name),
          tooMany: (names) => tooMany(reader.where, name, names),
        }),
    });
    const heads = new Map<string, ColumnHead>();
    let rows = 0;
    for (const [name, builder] of builders) {
      rows = builder.rows;
      heads.set(name, builder.close());
    }
    const footer = writer.finish(rows, reader.ends ?? [], heads);
    return { stored: new StoredTable(handle, footer, heads), bytes: writer.bytes };
  } catch (error) {
    if (error instanceof UserError || (error as NodeJS.ErrnoException).syscall !== 'write') throw error;
    throw new UserError(
      `data.stream: the columns of ${reader.where} could not be kept in ${folder}: ${reasonOf(error)}; GRADPOOL_CACHE names another folder`,
    );
  }
}

function tooMany(where: string, name: string, names: number): UserError {
  return new UserError(
    `${where}: column ${quoted(name)} has more different texts than are kept in memory (${names} so far); ignore it ` +
      `(data.ignore: [${name}])`,
  );
}
