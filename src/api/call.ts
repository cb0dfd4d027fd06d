/** One call of the library: a coordinator's thread, the caller's listener and signal. When it ends, all are let go. */
import { asTold, checkEnvironment } from './environment.js';
import { relay } from './relay.js';
import { openSession, type Session, within } from './session.js';

/**
 * Whoever aborts a call is told so within this time: threads that take longer to load (some 100 ms) end as soon as they
 * have, a little after it. What else fails is told when all has been let go, the run folder's lock too.
 */
const TOLD_WITHIN_MS = 60;

/** What a call works with. */
export interface Call<Event> {
  readonly session: Session;
  /** Where the process was when it was called: relative paths begin there, wherever it goes (`process.chdir`). */
  readonly cwd: string;
  /** Hands an event to the caller's listener. */
  tell(event: Event): void;
  /** Calls what else the caller has given: as `ask` of relay.ts. */
  ask(callback: () => unknown): Promise<void> | undefined;
  /** Resolves once the listener is done with every event. */
  settled(): Promise<void>;
  /** From now on an abort does not end the call at once: `stop` sees to it that it ends. */
  stopBy(stop: () => void): void;
  /** Has something done after the thread has ended, however the call ends. */
  finally(work: () => Promise<unknown>): void;
}

/**
 * Does `work` with a thread of its own.
 * @throws what `work` throws, or the listener; the signal's reason where it is aborted
 */
export async function inSession<Event, Result>(
  listener: ((event: Event) => unknown) | undefined,
  signal: AbortSignal | undefined,
  work: (call: Call<Event>) => Promise<Result>,
): Promise<Result> {
  const cwd = process.cwd();
  signal?.throwIfAborted();
  checkEnvironment();
  const session = openSession();
  const { forward, ask, failed, settled, close } = relay(listener);
  const last: (() => Promise<unknown>)[] = [];
  let stop: (() => void) | undefined;
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => (stop === undefined ? reject(signal?.reason) : stop());
  });
  signal?.addEventListener('abort', onAbort, { once: true });
  /** Lets everything go. */
  const end = async (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    close();
    await session.close();
    for (const each of last) await each();
  };
  let result: Result;
  try {
    const working = work({
      session,
      cwd,
      tell: forward,
      ask,
      settled,
      stopBy: (how) => {
        stop = how;
      },
      finally: (how) => last.unshift(how),
    });
    result = await Promise.race([working, failed, aborted]);
  } catch (error) {
    const ended = end().catch(() => {});
    await (signal?.aborted ? within(TOLD_WITHIN_MS, ended) : ended);
    throw asTold(error);
  }
  await end();
  return result;
}
