/**
 * Names of columns that only a look at all of a file tells, kept in the cache's folder by the hash of the file's bytes. As
 * with tables, what is damaged or gone is only found once more.
 */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileIdentity } from '../../machine/identity.js';
import { type CacheOptions, NAMES_ENDING, openUnfinished, publish, used } from './cache.js';

/** What a look at all rows finds; `refused` as in `TableReader`. */
export interface Names {
  readonly names: readonly string[];
  readonly refused: ReadonlyMap<string, string>;
}

/** Changes with the layout, and with what counts as a name. */
const FORMAT = 'gradpool-names-1';
/** Bytes; of a file that has more names nothing is kept. */
const MOST = 1 << 22;

/** @returns what `find` would, from the cache where that has it. @throws what `find` throws */
export async function keptNames(
  file: FileIdentity | undefined,
  cache: CacheOptions | undefined,
  find: () => Promise<Names>,
): Promise<Names> {
  if (file === undefined || cache === undefined) return find();
  const path = join(cache.folder, `${sha256(JSON.stringify([FORMAT, file.hash]))}${NAMES_ENDING}`);
  const kept = await namesIn(path).catch(() => undefined);
  if (kept !== undefined) {
    await used({ path });
    return kept;
  }
  const found = await find();
  if (await file.unchanged()) await keep(path, found, cache).catch(() => {});
  return found;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A line of the hash of the next. */
async function namesIn(path: string): Promise<Names | undefined> {
  const text = await readFile(path, 'utf8');
  const json = text.slice(65);
  if (text.slice(0, 65) !== `${sha256(json)}\n`) return undefined;
  const { names, refused } = JSON.parse(json) as { names: string[]; refused: [string, string][] };
  return { names, refused: new Map(refused) };
}

async function keep(path: string, { names, refused }: Names, cache: CacheOptions): Promise<void> {
  const json = JSON.stringify({ names, refused: [...refused] });
  const bytes = Buffer.from(`${sha256(json)}\n${json}`);
  if (bytes.length > MOST) return;
  const { handle, temporary } = await openUnfinished(cache.folder);
  try {
    await handle.writeFile(bytes).finally(() => handle.close());
    await publish(temporary, bytes.length, { path }, cache);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
