/** What is known of a worker's failure, and how many of them a run puts up with. */
import { RunFailure, UserError } from '../errors.js';
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

/** So many failures in a row at one step are no accident. */
const MOST_AT_ONE_STEP = 3;
/** Nor are so many, wherever they happen, without the run getting on in between. */
const MOST_WITHOUT_PROGRESS = 10;

export class Failures {
  #last = { step: -1, count: 0 };
  #standstill = { from: -1, count: 0 };
  #survived = 0;

  /** @param tell told of each failure @param most so many at one step end the run */
  constructor(
    private readonly tell: (event: FaultEvent) => void = () => {},
    private readonly most = MOST_AT_ONE_STEP,
  ) {}

  /** How many there were, all of them survived. */
  get survived(): number {
    return this.#survived;
  }

  /**
   * Notes a failure that the run is to survive.
   * @param from the step that the run goes back to
   * @throws RunFailure when there were too many; a UserError that a worker failed with
   */
  note(failure: WorkerFailure, from: number): void {
    const { worker, step, phase, cause, message } = failure;
    const at = failure.noticed.toISOString();
    // Where something is missing on this machine, trying again does not mend it.
    if (cause instanceof UserError) throw cause;
    const last = this.#last;
    this.#last = { step, count: step === last.step ? last.count + 1 : 1 };
    const still = this.#standstill;
    this.#standstill = { from, count: from === still.from ? still.count + 1 : 1 };
    this.#survived++;
    const attempt = this.#last.count;
    this.tell({ event: 'fault', at, step, worker: worker ?? null, phase, message, attempt });
    // What it says of itself is all there is to say.
    if (cause instanceof RunFailure) throw cause;
    const stack = cause?.stack?.includes('\n') ? `\n${cause.stack}` : '';
    if (attempt >= this.most) {
      const count = attempt === 1 ? '' : `${attempt} failures at step ${step}, the last one: `;
      throw new RunFailure(`${count}${message}${stack}`);
    }
    const { count } = this.#standstill;
    if (count >= MOST_WITHOUT_PROGRESS) {
      throw new RunFailure(`${count} failures after step ${from}, the last one: ${message}${stack}`);
    }
  }
}
