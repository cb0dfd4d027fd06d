/**
 * What is known of a worker's failure, and how many of them a run puts up with. Knows nothing of how a run goes on
 * behind one.
 */
import { UserError } from '../errors.js';
import type { FaultEvent } from '../protocol.js';

/** A worker that died, threw, or got stuck. Its pool is gone, and the shared parameters may be half updated. */
export class WorkerFailure extends Error {
  override name = 'WorkerFailure';

  constructor(
    /** Undefined where a thread died that had no task. */
    readonly worker: number | undefined,
    readonly step: number,
    /** What it was doing, in words. */
    readonly phase: string,
    /** What it failed with; undefined for one that got stuck. */
    override readonly cause: Error | undefined,
    /** Milliseconds without a sign of life, for one that got stuck. */
    readonly silentMs: number,
    readonly noticed = new Date(),
  ) {
    super(
      `${worker === undefined ? 'a worker' : `worker ${worker}`} ${what(cause, silentMs)} while ${phase}, step ${step}`,
    );
  }
}

function what(cause: Error | undefined, silentMs: number): string {
  if (cause === undefined) return `gave no sign of life for ${(silentMs / 1000).toFixed(1)} s`;
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'ran out of memory';
  const exited = /^worker exited with code: (-?\d+)$/.exec(cause.message);
  return exited ? `died (exit code ${exited[1]})` : `failed (${cause.message.split('\n')[0].slice(0, 200)})`;
}

/** A step at which workers fail again and again. Told without a stack, but with the worker's. */
export class RunFailure extends Error {
  override name = 'RunFailure';
}

const MOST_AT_ONE_STEP = 3;

export class Failures {
  #furthest = -1;
  #count = 0;
  #survived = 0;

  /** @param tell told of each failure */
  constructor(private readonly tell: (event: FaultEvent) => void = () => {}) {}

  /** How many there were, all of them survived. */
  get survived(): number {
    return this.#survived;
  }

  /**
   * Notes a failure that the run is to survive.
   * @throws RunFailure when it is the third one without any step beyond it; a UserError that a worker failed with
   */
  note(failure: WorkerFailure): void {
    const { worker, step, phase, cause, message } = failure;
    const at = failure.noticed.toISOString();
    // Where something is missing on this machine, trying again does not mend it.
    if (cause?.name === UserError.name) throw cause;
    this.#count = step > this.#furthest ? 1 : this.#count + 1;
    this.#survived++;
    this.#furthest = Math.max(this.#furthest, step);
    this.tell({ event: 'fault', at, step, worker: worker ?? null, phase, message, attempt: this.#count });
    if (this.#count < MOST_AT_ONE_STEP) return;
    const stack = cause?.stack?.includes('\n') ? `\n${cause.stack}` : '';
    throw new RunFailure(
      `${this.#count} failures without getting beyond step ${this.#furthest}, the last one: ${message}${stack}`,
    );
  }
}
