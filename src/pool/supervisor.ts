/**
 * The workers of a run: they do a task together, are watched while they do, and are replaced when one of them fails.
 */

import { revived } from '../errors.js';
import { availableCores } from '../machine/cores.js';
import { EVALUATION_ROWS } from '../plan/layout.js';
import { type StepShape, stepTime } from '../plan/step-time.js';
import type { Setup, Task } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { abort, resetBarrier } from '../shared/barrier.js';
import { Counter, Stop, Wish, Word } from '../shared/control.js';
import { Heartbeat, Phase, phases } from '../shared/heartbeat.js';
import { type Failures, WorkerFailure } from './failures.js';
import { Pool, TaskFailure, type WorkerProgram } from './pool.js';
import { watch } from './watchdog.js';

/** A task without what the supervisor adds to it. */
export type Work = Task extends infer Each
  ? Each extends Task
    ? Omit<Each, 'setup' | 'worker' | 'threads'>
    : never
  : never;

/** A worker without a sign of life for so long is stuck: seen within a second. */
const PATIENCE_MS = 900;
/** The same for one that has not begun: loading its modules gives no sign. */
const START_PATIENCE_MS = 10_000;
/** A step may take so many times what the model of a step's time says before it counts as stuck. */
const SLOWER = 20;

/**
 * What goes on beside `threads` workers in a stretch, called before they begin it: resolves when they have left.
 * Where it fails, they do.
 */
export type Beside = (threads: number) => Promise<void>;

export class Supervisor {
  readonly #words: Int32Array;
  readonly #progress: Float64Array;
  readonly #heartbeats: readonly Heartbeat[];
  #pool: Pool | undefined;
  #stopRequested = false;
  /** Of several hosts, one has asked for the run's end, and all know. */
  #stopAgreed = false;
  #closed = false;
  /** Workers that got stuck one after another, with nothing done between. */
  #stuck = 0;

  /**
   * @param patienceMs longest time without a sign of life of a worker that has begun
   * @param shared threads, at least as many, that others use at other times, in place of threads of its own
   * @param beside what has to go on beside the workers while they train
   */
  constructor(
    private readonly setup: Setup,
    readonly threads: number,
    private readonly failures: Failures,
    private readonly patienceMs: number,
    private readonly program?: WorkerProgram,
    private readonly shared?: Pool,
    private readonly beside?: Beside,
  ) {
    this.#pool = shared;
    const { memory, layout } = setup;
    this.#words = view(memory, layout.control);
    this.#progress = view(memory, layout.counters);
    this.#heartbeats = layout.workers.map(({ heartbeat }) => new Heartbeat(memory, heartbeat));
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
        this.failures.note(error, this.#progress[Counter.step]);
      }
    }
  }

  /**
   * Has workers train from one step to another, or less far where a stop was asked for or something is not finite any
   * more. After a failure the parameters may be anything, and no worker touches them any more.
   * @param copyEvery steps from one copy of the state to the next; Infinity: only those that are asked for
   * @throws WorkerFailure
   */
  async train(
    fromStep: number,
    toStep: number,
    copyEvery: number,
    threads: number,
  ): Promise<'done' | 'not finite'> {
    Atomics.store(this.#words, Word.stopRequest, this.#stopRequested ? Wish.endStretch | Wish.endRun : 0);
    const beside = this.beside?.(threads);
    let wrong: { error: unknown } | undefined;
    beside?.catch((error) => {
      // Where a worker failed first, that is what is told.
      if ((error as Error | undefined)?.name !== 'Aborted') wrong = { error };
      abort(this.#words);
    });
    try {
      await this.#once({ kind: 'train', fromStep, toStep, copyEvery }, threads);
      await beside;
    } catch (error) {
      if (wrong === undefined || !(error instanceof WorkerFailure)) throw error;
      const cause = wrong.error instanceof Error ? wrong.error : new Error(String(wrong.error));
      throw new WorkerFailure(undefined, error.step, phases[Phase.exchange], cause, 0);
    }
    if ((Atomics.load(this.#words, Word.stopNow) & Stop.forGood) !== 0) this.#stopAgreed = true;
    return (Atomics.load(this.#words, Word.stopNow) & Stop.notFinite) === 0 ? 'done' : 'not finite';
  }

  async #once(work: Work, threads: number): Promise<unknown[]> {
    resetBarrier(this.#words);
    const tasks = Array.from(
      { length: threads },
      (_, worker) => ({ ...work, setup: this.setup, worker, threads }) as Task,
    );
    const step = this.#progress[Counter.step];
    const heartbeats = this.#heartbeats.slice(0, threads);
    for (const heartbeat of heartbeats) heartbeat.beat(step, Phase.idle);
    // Numeric derivatives of a large network take their time, and whoever checks gradients can see how long.
    const watched = work.kind === 'gradients' ? work.watched === true : work.kind !== 'numeric';
    const patienceNow = () => {
      if (!watched) return Number.POSITIVE_INFINITY;
      const begun = heartbeats.every((heartbeat) => heartbeat.phase !== phases[Phase.idle]);
      return this.#indulgence * (begun ? this.patienceMs : Math.max(this.patienceMs, START_PATIENCE_MS));
    };
    const { stuck, stop } = watch(() => heartbeats.map((heartbeat) => heartbeat.value), patienceNow);
    if (this.#closed) throw new Error('the pool is closed');
    this.#pool ??= new Pool(this.threads, this.program);
    try {
      const results = await this.#pool.run(tasks, stuck, () => abort(this.#words));
      this.#stuck = 0;
      return results;
    } catch (error) {
      this.#pool = undefined;
      if (!(error instanceof TaskFailure)) throw error;
      // Threads that were ended on purpose have not failed.
      if (this.#closed) throw error.error ?? error;
      const failure = failureOf(error, heartbeats, step, patienceNow());
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
    Atomics.or(this.#words, Word.stopRequest, Wish.endStretch);
  }

  /** The same for good: no stretch goes on beyond its first minibatch any more. */
  requestStop(): void {
    this.#stopRequested = true;
    Atomics.or(this.#words, Word.stopRequest, Wish.endStretch | Wish.endRun);
  }

  /** Whether the run is to end; of several hosts, after the stretch in which all have heard of it. */
  get stopRequested(): boolean {
    return this.beside === undefined ? this.#stopRequested : this.#stopAgreed;
  }

  /** Whether workers wait for other hosts, and none has anything else to do. */
  get waitsForHosts(): boolean {
    const now = this.#heartbeats.map(({ phase }) => phase);
    const busy: string[] = [phases[Phase.compute], phases[Phase.average], phases[Phase.gather]];
    return now.includes(phases[Phase.exchange]) && !now.some((phase) => busy.includes(phase));
  }

  /** Ends the threads, whatever they do: no failure, and nothing is run any more. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#pool !== this.shared) await this.#pool?.close();
  }
}

/** How long a worker may give no sign of life: more where steps are long, and where threads wait for cores. */
export function patience(shape: StepShape, threads: number): number {
  const longest = { ...shape, batchSize: Math.max(shape.batchSize, EVALUATION_ROWS) };
  const modelMs = 1000 * stepTime(longest, 1).seconds * Math.max(1, threads / availableCores());
  return Math.max(PATIENCE_MS, SLOWER * modelMs);
}

/** Who failed where, as its heartbeat shows it; of those that got stuck, the one that nobody waits with. */
function failureOf(
  failure: TaskFailure,
  heartbeats: readonly Heartbeat[],
  near: number,
  silentMs: number,
): WorkerFailure {
  const error = revived(failure.error);
  const cause = error === undefined || error instanceof Error ? error : new Error(String(error));
  const waiting = phases[Phase.barrier];
  const silent = heartbeats.findIndex(({ phase }) => phase !== waiting);
  const worker = failure.task ?? (cause === undefined ? Math.max(0, silent) : undefined);
  const heartbeat = worker === undefined ? undefined : heartbeats[worker];
  const phase = heartbeat?.phase ?? phases[Phase.idle];
  return new WorkerFailure(worker, heartbeat?.step(near) ?? near, phase, cause, silentMs, failure.noticed);
}
