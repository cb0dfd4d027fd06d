/** One after another of a sweep's trials, in a process of its own that is replaced where it dies. */
import { type ChildProcess, fork } from 'node:child_process';
import { forbidden, UserError } from '../errors.js';
import type { TrainEvent } from '../events.js';
import { seenFrom } from '../machine/disk.js';
import { isBusy } from '../runs/lock.js';
import { ownFile } from '../version.js';
import type { TrialOrder } from './trial.js';
import type { FromTrial, ToTrial, TrialEnd } from './trial-process.js';

/** `crashed`: its process died, twice. */
export type LaneEnd = TrialEnd | { readonly kind: 'crashed'; readonly message: string };

/** A killed sweep's trials end with it, but not at the same moment. */
const FREE_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;
/** Of what a process said before it died. */
const MOST_SAID = 2000;

export class Lane {
  #child: ChildProcess | undefined;
  #said = '';

  /** @param onEvent told of the trial's run @param signal ends it after the minibatch under way */
  async run(order: TrialOrder, onEvent: (event: TrainEvent) => void, signal: AbortSignal): Promise<LaneEnd> {
    await untilFree(order);
    for (let attempt = 1; ; attempt++) {
      if (signal.aborted) return { kind: 'stopped' };
      const end = await this.#once(order, onEvent, signal);
      // What a crash leaves is continued once: it may have been the machine's doing.
      if (end.kind !== 'crashed' || attempt === 2) return end;
    }
  }

  #once(order: TrialOrder, onEvent: (event: TrainEvent) => void, signal: AbortSignal): Promise<LaneEnd> {
    const child = this.#open();
    const tell = (message: ToTrial) => child.connected && child.send(message, () => {});
    return new Promise((resolve) => {
      const onMessage = (message: FromTrial) => {
        if ('event' in message) onEvent(message.event);
        else finish(message.end);
      };
      const onExit = (code: number | null, by: NodeJS.Signals | null) => {
        this.#child = undefined;
        const how = by === null ? `with exit code ${code}` : `by ${by}`;
        const said = this.#said.trim().split('\n').at(-1);
        finish({ kind: 'crashed', message: `its process was ended ${how}${said ? ` (${said})` : ''}` });
      };
      const onError = (error: Error) => {
        this.#child = undefined;
        finish({ kind: 'failed', message: `no process for trials: ${error.message}` });
      };
      const onAbort = () => tell({ stop: true });
      const finish = (end: LaneEnd) => {
        child.off('message', onMessage);
        child.off('exit', onExit);
        child.off('error', onError);
        signal.removeEventListener('abort', onAbort);
        resolve(end);
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.on('error', onError);
      signal.addEventListener('abort', onAbort, { once: true });
      tell({ order });
    });
  }

  #open(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const child = started();
    this.#said = '';
    child.stderr?.on('data', (text: Buffer) => {
      this.#said = (this.#said + text).slice(-MOST_SAID);
    });
    child.on('error', () => {});
    this.#child = child;
    return child;
  }

  /** Ends its process, which rests. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (child.connected) child.disconnect();
    await ended;
  }
}

/** @throws UserError where Node's permission model forbids it */
function started(): ChildProcess {
  try {
    return fork(ownFile('src/trial-process.js'), {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
  } catch (error) {
    const refused = forbidden(error);
    throw refused === undefined ? error : new UserError(refused);
  }
}

async function untilFree({ folder, cwd }: TrialOrder): Promise<void> {
  const disk = seenFrom(cwd);
  const last = performance.now() + FREE_WITHIN_MS;
  while (performance.now() < last && (await isBusy(disk, folder))) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
