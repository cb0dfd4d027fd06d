/**
 * The workers of a run: they do a task together, are watched while they do, and are replaced when one of them fails.
 * Knows nothing of what the tasks are for.
 */
import { view } from './arena.js';
import { abort, resetBarrier } from './barrier.js';
import { Progress, Stop, Word } from './control.js';
import { availableCores } from './cores.js';
import { type StepShape, stepCost } from './cost.js';
import { type Failures, WorkerFailure } from './failures.js';
import { EVALUATION_ROWS } from './layout.js';
import { Pool, TaskFailure, type WorkerProgram } from './pool.js';
import { Phase, Pulse, phases } from './pulse.js';
import type { Setup, Task } from './setup.js';
import { watch } from './watch.js';

/** A task without what the crew adds to it. */
export type Work = Task extends infer Each
  ? Each extends Task
    ? Omit<Each, 'setup' | 'worker' | 'threads'>
    : never
  : never;

/** A worker without a sign of life for so long is stuck: seen within a second. */
const PATIENCE_MS = 900;
/** The same for one that has not begun: loading its modules gives no sign. */
const START_PATIENCE_MS = 10_000;
/** A step may take so many times what the cost model says before it counts as stuck. */
const SLOWER = 20;

export class Crew {
  readonly #words: Int32Array;
  readonly #progress: Float64Array;
  readonly #pulses: readonly Pulse[];
  #pool: Pool | undefined;
  #stopRequested = false;
  /** Workers that got stuck one after another, with nothing done between. */
  #stuck = 0;

  /** @param patienceMs longest time without a sign of life of a worker that has begun */
  constructor(
    private readonly setup: Setup,
    readonly threads: number,
    private readonly failures: Failures,
    private readonly patienceMs: number,
    private readonly program?: WorkerProgram,
  ) {
    const { memory, layout } = setup;
    this.#words = view(memory, { ...layout.control, type: 'int32' });
    this.#progress = view(memory, { ...layout.progress, type: 'float64' });
    this.#pulses = layout.workers.map((_, worker) => new Pulse(memory, layout, worker));
  }

  /**
   * Has `threads` workers do one task together, again where one of them fails: not for `train`, which cannot be done
   * again from where it left the parameters.
   * @returns the tasks' results @throws RunFailure where workers fail again and again
   */
  async run(work: Exclude<Work, { kind: 'train' }>, threads = this.threads): Promise<unknown[]> {
    for (;;) {
      try {
        return await this.#once(work, threads);
      } catch (error) {
        if (!(error instanceof WorkerFailure)) throw error;
        this.failures.note(error, this.#progress[Progress.step]);
      }
    }
  }

  /**
   * Has workers train from one step to another, or less far where a stop was asked for or something is not finite any
   * more. Behind a failure the parameters may be anything, and no worker touches them any more.
   * @param copyEvery steps from one copy of the state to the next; Infinity: only those that are asked for
   * @throws WorkerFailure
   */
  async train(
    fromStep: number,
    toStep: number,
    copyEvery: number,
    threads: number,
  ): Promise<'done' | 'not finite'> {
    Atomics.store(this.#words, Word.stopRequest, this.#stopRequested ? 1 : 0);
    await this.#once({ kind: 'train', fromStep, toStep, copyEvery }, threads);
    return (Atomics.load(this.#words, Word.stopNow) & Stop.notFinite) === 0 ? 'done' : 'not finite';
  }

  async #once(work: Work, threads: number): Promise<unknown[]> {
    resetBarrier(this.#words);
    const tasks = Array.from(
      { length: threads },
      (_, worker) => ({ ...work, setup: this.setup, worker, threads }) as Task,
    );
    const step = this.#progress[Progress.step];
    const pulses = this.#pulses.slice(0, threads);
    for (const pulse of pulses) pulse.beat(step, Phase.idle);
    // Numeric derivatives of a large network take their time, and whoever checks gradients can see how long.
    const watched = work.kind !== 'numeric' && work.kind !== 'gradients';
    const patienceNow = () => {
      if (!watched) return Number.POSITIVE_INFINITY;
      const begun = pulses.every((pulse) => pulse.phase !== phases[Phase.idle]);
      return this.#indulgence * (begun ? this.patienceMs : Math.max(this.patienceMs, START_PATIENCE_MS));
    };
    const { stuck, stop } = watch(() => pulses.map((pulse) => pulse.value), patienceNow);
    this.#pool ??= new Pool(this.threads, this.program);
    try {
      const results = await this.#pool.run(tasks, stuck, () => abort(this.#words));
      this.#stuck = 0;
      return results;
    } catch (error) {
      this.#pool = undefined;
      if (!(error instanceof TaskFailure)) throw error;
      const failure = failureOf(error, pulses, step, patienceNow());
      if (failure.cause === undefined) this.#stuck++;
      throw failure;
    } finally {
      stop();
    }
  }

  /**
   * Times as long as usual before somebody counts as stuck. Twice a false alarm costs little; the third one may end the
   * run, and a machine that is busy with something else must not look like a worker that is stuck.
   */
  get #indulgence(): number {
    return this.#stuck < 2 ? 1 : 2 ** this.#stuck;
  }

  /** Ends the stretch under way after its current minibatch, so that the coordinator has the parameters to itself. */
  pause(): void {
    Atomics.store(this.#words, Word.stopRequest, 1);
  }

  /** The same for good: no stretch goes on beyond its first minibatch any more. */
  requestStop(): void {
    this.#stopRequested = true;
    this.pause();
  }

  get stopRequested(): boolean {
    return this.#stopRequested;
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }
}

/** How long a worker may give no sign of life: more where steps are long, and where threads wait for cores. */
export function patience(shape: StepShape, threads: number): number {
  const longest = { ...shape, batchSize: Math.max(shape.batchSize, EVALUATION_ROWS) };
  const modelMs = 1000 * stepCost(longest, 1).seconds * Math.max(1, threads / availableCores());
  return Math.max(PATIENCE_MS, SLOWER * modelMs);
}

/** Who failed where, as its pulse shows it; of those that got stuck, the one that nobody waits with. */
function failureOf(
  failure: TaskFailure,
  pulses: readonly Pulse[],
  near: number,
  silentMs: number,
): WorkerFailure {
  const cause =
    failure.error === undefined || failure.error instanceof Error
      ? failure.error
      : new Error(String(failure.error));
  const waiting = phases[Phase.barrier];
  const silent = pulses.findIndex(({ phase }) => phase !== waiting);
  const worker = failure.task ?? (cause === undefined ? Math.max(0, silent) : undefined);
  const pulse = worker === undefined ? undefined : pulses[worker];
  const phase = pulse?.phase ?? phases[Phase.idle];
  return new WorkerFailure(worker, pulse?.step(near) ?? near, phase, cause, silentMs, failure.noticed);
}
