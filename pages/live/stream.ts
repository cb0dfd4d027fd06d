/**
 * The server's events, as long as there is a server: a page that lost it, or slept, asks for what it has missed. Browsers
 * do so themselves (Last-Event-ID), but do not notice a connection that is dead without a word.
 */
import type { Progress, Row, Told } from './types.js';

/** The server says something at least every ten seconds. */
const SILENT_MS = 35_000;

export interface Listener {
  /** Events, in order. @param anew they are those of another file: what was told before is void */
  told(events: readonly Told[], anew: boolean): void;
  /** So many lines were passed over, as they are damaged. */
  damaged(lines: number, anew: boolean): void;
  runs(rows: readonly Row[]): void;
  now(progress: Progress): void;
  /** The server knows no such run. */
  missing(): void;
  /** Whether there is a connection. */
  connected(is: boolean): void;
  /** There will be no more. */
  ended(reason: string): void;
}

/** The token that let the page in. */
const token = new URLSearchParams(location.search).get('token') ?? '';

/** An address of the server, for this run. */
export function addressOf(path: string, run: string, more: Readonly<Record<string, string>> = {}): string {
  return `${path}?${new URLSearchParams({ token, run, ...more })}`;
}

/** @returns what ends it */
export function listen(run: string, listener: Listener): () => void {
  let source: EventSource | undefined;
  let cursor = '';
  let anew = false;
  let heard = Date.now();
  let isOver = false;

  const open = () => {
    source?.close();
    heard = Date.now();
    source = new EventSource(addressOf('/events', run, { since: cursor }));
    const on = (kind: string, take: (data: string) => void) =>
      source?.addEventListener(kind, (message) => {
        heard = Date.now();
        listener.connected(true);
        take(String(message.data));
        if (message.lastEventId !== '') cursor = message.lastEventId;
      });
    on('anew', () => {
      anew = true;
    });
    on('told', (data) => {
      listener.told(data.split('\n').flatMap(parsed), anew);
      anew = false;
    });
    on('damaged', (data) => {
      listener.damaged(Number(data), anew);
      anew = false;
    });
    on('runs', (data) => listener.runs(JSON.parse(data)));
    on('now', (data) => listener.now(JSON.parse(data)));
    on('level', () => listener.told([], false));
    on('beat', () => {});
    on('end', (data) => {
      close();
      listener.ended(JSON.parse(data).reason);
    });
    source.addEventListener('error', () => {
      listener.connected(false);
      if (source?.readyState === EventSource.CLOSED) void askWhether();
      // Refused for good, as after the server was started anew with another token.
      if (source?.readyState === EventSource.CLOSED && !isOver) setTimeout(look, 3000);
    });
  };
  /** A stream that is refused does not say why. */
  const askWhether = async () => {
    if (run === '') return;
    const answer = await fetch(addressOf('/config', run)).catch(() => undefined);
    if (answer?.status === 404 && !isOver) listener.missing();
  };
  const look = () => {
    const isDead = Date.now() - heard > SILENT_MS || source?.readyState === EventSource.CLOSED;
    if (!isOver && isDead) open();
  };
  const timer = setInterval(look, SILENT_MS / 2);
  addEventListener('online', look);
  document.addEventListener('visibilitychange', look);
  const close = () => {
    isOver = true;
    source?.close();
    clearInterval(timer);
    removeEventListener('online', look);
    document.removeEventListener('visibilitychange', look);
  };
  open();
  return close;
}

/** The server sends whole events only. */
function parsed(line: string): Told[] {
  try {
    const event = JSON.parse(line);
    return typeof event?.event === 'string' ? [event] : [];
  } catch {
    return [];
  }
}
