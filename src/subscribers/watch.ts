/** Shows the run in a browser while it lasts: the live page of the folder that its own folder lies in. */
import { basename, dirname } from 'node:path';
import { UserError } from '../errors.js';
import { withoutEnd } from '../machine/disk.js';
import { hasBrowser, openBrowser } from '../watch/browser.js';
import { Watch } from '../watch/watch.js';
import type { Context, Subscriber } from './subscriber.js';

/** How long a run that has ended waits for the browser that it has opened. */
const BROWSER_MS = 10_000;

/** How a run is shown. */
export interface WatchSettings {
  /** Port on 127.0.0.1, 0 to 65,535; 0, the default: any that is free. */
  port?: number | undefined;
  /** Whether a browser is opened; default: where there seems to be one. */
  open?: boolean | undefined;
  /** Told the page's address, which holds a token that lets in; default: it is written to standard error. */
  onUrl?: ((url: string) => void) | undefined;
}

/** @throws UserError where the run has no folder, or the port is taken */
export async function openWatch(context: Context, settings: WatchSettings): Promise<Subscriber> {
  const { disk, runDir, signal, stop } = context;
  if (runDir === null)
    throw new UserError('watch: expected a run that is written to a folder, got one without; set runDir');
  const {
    port,
    open = hasBrowser(),
    onUrl = (url) => process.stderr.write(`live page: ${url}\n`),
  } = settings;
  const own = { name: basename(runDir), stop };
  const watch = await Watch.open(dirname(withoutEnd(runDir)), { disk, port, own });
  onUrl(watch.url);
  const opened = open && (await openBrowser(watch.entry));
  return {
    tell: (event) => watch.tell(event),
    async end() {
      // A run of a second would be over before a browser has started.
      if (opened && watch.seen === 0) await within(BROWSER_MS, watch.visited, signal);
      await watch.end('This run has ended, and with it the program that showed it. What is here stays.');
    },
  };
}

/** Resolves with `work`, or after so many milliseconds, or when `signal` is aborted. */
async function within(ms: number, work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return;
  let over = () => {};
  const waited = new Promise<void>((resolve) => {
    over = resolve;
  });
  const timer = setTimeout(over, ms);
  signal?.addEventListener('abort', over, { once: true });
  await Promise.race([work, waited]);
  signal?.removeEventListener('abort', over);
  clearTimeout(timer);
}
