/** `fetchData` as a function: a data set by its name, in a folder, known to be the right one. */
import { join } from 'node:path';
import { didYouMean, quoted, UserError } from '../errors.js';
import { makeFolder, reasonOf, removeEmpty, seenFrom } from '../machine/disk.js';
import { checkSettings, listener, signal, textOf } from './settings.js';

/** Where a data set goes. */
export interface FetchSettings {
  /** Folder to put the files into; default: `data/<name>`. */
  to?: string;
  /** What stands in place of the usual addresses: files are looked for at `<mirror>/<name>/<file>`; default: GRADPOOL_MIRROR. */
  mirror?: string;
  /** Ends the call, which rejects with its reason. */
  signal?: AbortSignal;
  /** Called as files come. */
  onEvent?: (event: FetchEvent) => unknown;
}

/** What is told while files come. */
export type FetchEvent =
  | { event: 'progress'; file: string; done: number; total: number | null }
  | { event: 'file'; file: string; url: string; state: 'fetched' | 'there' };

/** A data set that is there. */
export interface Fetched {
  /** By which it was asked for. */
  readonly name: string;
  /** Where its files lie. */
  readonly folder: string;
  /** Paths of its files. */
  readonly files: readonly string[];
  /** Whether it is a table, or images for the data family `mnist`. */
  readonly kind: 'table' | 'images';
  /** Under which it may be used. */
  readonly licence: string;
}

/**
 * Fetches what is not there yet. A file that was cut off goes on where it ended; one gets its name when its hash is right.
 * @throws UserError for a name that there is none of, and where a file is not to be had, is another, or has no room
 */
export async function fetchData(name: string, settings: FetchSettings = {}): Promise<Fetched> {
  checkSettings<FetchSettings>('fetchData', settings, {
    to: textOf,
    mirror: textOf,
    signal,
    onEvent: listener,
  });
  const { wantedSets } = await import('../fetch/sets.js');
  const { download } = await import('../fetch/download.js');
  const names = Object.keys(wantedSets);
  if (!Object.hasOwn(wantedSets, name)) {
    throw new UserError(
      `data fetch: expected a data set (${names.join(', ')}), got ${quoted(name)}${didYouMean(name, names)}`,
    );
  }
  const set = wantedSets[name];
  const { to = join('data', name), onEvent = () => {}, signal: abort } = settings;
  const mirror = settings.mirror ?? (process.env.GRADPOOL_MIRROR || undefined);
  const base = mirror === undefined ? set.from : baseOf(mirror, name);
  const disk = seenFrom(process.cwd());
  const made = await makeFolder(disk, to).catch((error) => {
    const reason = reasonOf(error);
    throw reason === undefined ? error : new UserError(`${to}: cannot be made (${reason})`);
  });
  const files: string[] = [];
  try {
    for (const wanted of set.files) {
      const path = join(to, wanted.name);
      const url = `${base}${wanted.name}`;
      const state = await download(
        { url, path, wanted },
        {
          disk,
          signal: abort,
          progress: (done, total) =>
            onEvent({ event: 'progress', file: wanted.name, done, total: total ?? null }),
        },
      );
      files.push(path);
      onEvent({ event: 'file', file: wanted.name, url, state });
    }
  } finally {
    await removeEmpty(disk, made);
  }
  return { name, folder: to, files, kind: set.kind, licence: set.licence };
}

function baseOf(mirror: string, name: string): string {
  let url: URL | undefined;
  try {
    url = new URL(mirror);
  } catch {
    // Told below.
  }
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UserError(
      `--mirror: expected an address that begins with http:// or https://, got ${quoted(mirror)} (GRADPOOL_MIRROR has the same meaning)`,
    );
  }
  return `${mirror.replace(/\/+$/, '')}/${name}/`;
}
