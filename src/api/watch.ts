/** The live page of a folder of runs. */
import { basename, dirname } from 'node:path';
import { codeOf, UserError } from '../errors.js';
import { type Disk, seenFrom, withoutEnd } from '../machine/disk.js';
import { followLatest } from '../runs/latest.js';
import type { WatchSettings } from '../subscribers/watch.js';
import { hasBrowser, openBrowser } from '../watch/browser.js';
import { Watch } from '../watch/watch.js';
import { type Checks, checkSettings, flag, listener, port, signal } from './settings.js';

/** How runs are shown. */
export interface WatchOptions extends WatchSettings {
  /** Ends it. */
  signal?: AbortSignal | undefined;
}

const checks: Checks<WatchOptions> = { port, open: flag, onUrl: listener, signal };

/**
 * Shows the runs of a folder in a browser, until the signal is aborted. Reads alone: what other processes write.
 * @param folder of runs, or of one that is shown first; `runs/latest` stands for the newest
 * @throws UserError where there is no such folder, or the port is taken
 */
export async function watch(folder: string, options: WatchOptions = {}): Promise<void> {
  checkSettings('watch', options, checks);
  const { port, open = hasBrowser(), onUrl = () => {}, signal } = options;
  const disk = seenFrom(process.cwd());
  const { runs, selected } = await meant(disk, folder);
  signal?.throwIfAborted();
  const page = await Watch.open(runs, { disk, port, selected });
  try {
    onUrl(page.url);
    if (open) await openBrowser(page.entry);
    await new Promise<void>((resolve) => {
      if (signal?.aborted) resolve();
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await page.end('gradpool watch was ended. What is here stays.');
  }
}

/** A folder of runs, and the run in it that was named. */
async function meant(disk: Disk, given: string): Promise<{ runs: string; selected?: string }> {
  const path = withoutEnd(await followLatest(disk, given));
  const isFolder = async (at: string) => {
    try {
      return (await disk.stat(at)).isDirectory();
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  };
  const found = await isFolder(path);
  if (found === undefined) throw new UserError(`${given}: no such folder`);
  if (!found) throw new UserError(`${given}: expected a folder of runs, got a file`);
  const isRun = (await isFolder(`${path}/config.json`)) === false;
  return isRun ? { runs: dirname(path), selected: basename(path) } : { runs: path };
}
