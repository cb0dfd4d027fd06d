/**
 * Everything a run needs before its first step: data, network, shared memory, kernels, pool. Knows nothing of
 * epochs or reports.
 */
import { randomUUID } from 'node:crypto';
import type { Config } from '../config/schema.js';
import type { DataSource, Split } from '../data/source.js';
import { type ChosenEngine, chooseEngine } from '../engines/choose.js';
import { createEngine } from '../engines/index.js';
import { compileKernels } from '../engines/wasm.js';
import { UserError } from '../errors.js';
import { initialize, network } from '../model/network.js';
import { optimizers } from '../optimizers/index.js';
import type { FaultEvent } from '../protocol.js';
import { keyed, shuffle } from '../random.js';
import { ArenaPlan, type Region, view } from './arena.js';
import { abort, resetBarrier } from './barrier.js';
import { Progress, Stop, Word } from './control.js';
import { availableCores } from './cores.js';
import { chooseThreads, type StepShape, stepCost } from './cost.js';
import { evaluationResult } from './evaluate.js';
import { Failures, WorkerFailure } from './failures.js';
import { allocate, type Room } from './fit.js';
import { EVALUATION_ROWS, planLayout } from './layout.js';
import { Pool, TaskFailure, type WorkerProgram } from './pool.js';
import { Phase, Pulse, phases } from './pulse.js';
import type { EvaluationRows, Setup, Task } from './setup.js';
import { defaultShards } from './shards.js';
import { tilesOf } from './tiles.js';
import { watch } from './watch.js';

type Real = Float32Array | Float64Array;
/** A task without what the workspace adds to it. */
type Work = Task extends infer Each
  ? Each extends Task
    ? Omit<Each, 'setup' | 'worker' | 'threads'>
    : never
  : never;

/** Mean cost and share of correct answers; nulls where there were no rows. */
export interface Evaluation {
  cost: number | null;
  accuracy: number | null;
}

/**
 * Looks at a barrier before a worker sleeps, some 60 µs; none when threads outnumber cores. On idle cores 3 ms are no
 * faster. Where another program wants a core they are ruinous: who looks keeps the core that the late one waits for, and
 * two threads fell to a sixth of their speed.
 */
const SPINS = 4_000;

/** A worker without a sign of life for so long is stuck: seen within a second. */
const PATIENCE_MS = 900;
/** The same for one that has not begun: loading its modules gives no sign. */
const START_PATIENCE_MS = 10_000;
/** A step may take so many times what the cost model says before it counts as stuck. */
const SLOWER = 20;

/** What is not the configuration's. */
export interface WorkspaceOptions {
  /** Told of each failure that is survived. */
  readonly onFault?: (event: FaultEvent) => void;
  /** What the threads run; default: the product's worker. */
  readonly program?: WorkerProgram;
  /** What else the memory must have room for, and how much there is. */
  readonly room?: Room;
}

export class Workspace {
  readonly words: Int32Array;
  readonly progress: Float64Array;
  readonly parameters: Real;
  /** The optimizer's state, slot by slot. */
  readonly state: readonly Real[];
  readonly failures: Failures;
  #faults = 0;
  readonly #pulses: readonly Pulse[];
  #pool: Pool | undefined;
  #stopRequested = false;

  private constructor(
    readonly setup: Setup,
    readonly engine: ChosenEngine,
    readonly split: Split,
    readonly threads: number,
    /** Why so many threads, where nobody asked for a number. */
    readonly threadsReason: string | null,
    private readonly seed: number,
    /** Longest time without a sign of life of a worker that has begun. */
    private patienceMs: number,
    private readonly options: WorkspaceOptions,
  ) {
    const { memory, layout } = setup;
    this.words = view(memory, { ...layout.control, type: 'int32' });
    this.progress = view(memory, { ...layout.progress, type: 'float64' });
    this.parameters = view(memory, layout.parameters) as Real;
    this.state = layout.state.map((slot) => view(memory, slot) as Real);
    this.#pulses = layout.workers.map((_, worker) => new Pulse(memory, layout, worker));
    this.failures = new Failures((event) => {
      this.#faults++;
      options.onFault?.(event);
    });
  }

  /** Worker failures so far, all of them survived. */
  get faults(): number {
    return this.#faults;
  }

  /**
   * Plans and allocates the memory, reads the data into it, draws the initial weights, starts the pool.
   * @param wanted threads; `auto` leaves it to the cost model
   * @throws UserError for data that is not what it should be, and for sizes that do not fit
   */
  static async open(
    config: Config,
    source: DataSource,
    wanted: number | 'auto',
    options: WorkspaceOptions = {},
  ): Promise<Workspace> {
    const net = network(source.features, config.model.layers, config.model.init);
    if (net.outputs !== source.outputs) {
      throw new UserError(
        `model.layers.${net.layers.length - 1}.units: the data "${config.data.name}" needs ${source.outputs} ` +
          `outputs, got ${net.outputs}`,
      );
    }
    const kernels = await compileKernels();
    const chosen = chooseEngine(config.engine, net, config.train.batchSize);
    const { precision } = config.model;
    // The engine's own sizes do not depend on the memory that it is bound to.
    const engine = createEngine(chosen.choice, precision, new ArenaPlan().allocate(), kernels);
    const { batchSize, learningRate, averaging } = config.train;
    const widest = Math.max(...net.layers.map((layer) => layer.units));
    const shards = config.train.shards ?? defaultShards(batchSize, engine.inOrder, widest);
    const shape = { net, engine: chosen.choice.name, bytes: engine.bytes, batchSize, shards, averaging };
    const { threads, reason: threadsReason } =
      wanted === 'auto' ? chooseThreads(shape, availableCores()) : { threads: wanted, reason: null };
    const plan = new ArenaPlan();
    const request = {
      net,
      engine,
      source,
      batchSize,
      shards,
      averaging,
      threads,
      optimizerSlots: optimizers[config.optimizer.name].slots,
    };
    const layout = planLayout(plan, request);
    // Up to here nothing was allocated that grows with the configuration or the data.
    const memory = allocate(plan, request, options.room ?? {});
    const split = source.split(config.seed);
    const setup: Setup = {
      id: randomUUID(),
      memory,
      kernels,
      layout,
      net,
      cost: config.cost,
      optimizer: config.optimizer.name,
      engine: chosen.choice,
      precision,
      featureType: source.featureType,
      targetType: source.targetType,
      batchSize,
      shards,
      averaging,
      tiles: tilesOf(net),
      learningRate,
      trainRows: split.train.length,
      spins: threads <= availableCores() ? SPINS : 0,
    };
    const at = (region: Region) => view(memory, region);
    (at(layout.train) as Uint32Array).set(split.train);
    (at(layout.validation) as Uint32Array).set(split.validation);
    (at(layout.test) as Uint32Array).set(split.test);
    const workspace = new Workspace(
      setup,
      chosen,
      split,
      threads,
      threadsReason,
      config.seed,
      patience(shape, threads),
      options,
    );
    try {
      // The threads start and the data is read while the weights are drawn.
      const ready = workspace.run({ kind: 'ready' });
      ready.catch(() => {});
      const read = source.read(at(layout.features) as Uint8Array, at(layout.targets) as Uint8Array);
      read.catch(() => {});
      initialize(net, config.seed, workspace.parameters);
      await read;
      await ready;
      return workspace;
    } catch (error) {
      await workspace.close();
      throw error;
    }
  }

  /** Writes the training rows in the order of `epoch`, keyed by (seed, epoch), into its slot. */
  prepareOrder(epoch: number): void {
    const { order, orderSlots } = this.setup.layout;
    const n = this.split.train.length;
    const slot = (epoch % orderSlots) * n;
    const rows = (view(this.setup.memory, order) as Uint32Array).subarray(slot, slot + n);
    rows.set(this.split.train);
    shuffle(rows, keyed(this.seed, 'shuffle', epoch));
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
        this.failures.note(error);
      }
    }
  }

  /**
   * Has workers train from one step to another, or less far where a stop was asked for or something is not finite any
   * more. Behind a failure the parameters may be anything, and no worker touches them any more.
   * @throws WorkerFailure
   */
  async train(fromStep: number, toStep: number, threads: number): Promise<'done' | 'not finite'> {
    Atomics.store(this.words, Word.stopRequest, this.#stopRequested ? 1 : 0);
    await this.#once({ kind: 'train', fromStep, toStep }, threads);
    return (Atomics.load(this.words, Word.stopNow) & Stop.notFinite) === 0 ? 'done' : 'not finite';
  }

  async #once(work: Work, threads: number): Promise<unknown[]> {
    resetBarrier(this.words);
    const tasks = Array.from(
      { length: threads },
      (_, worker) => ({ ...work, setup: this.setup, worker, threads }) as Task,
    );
    const step = this.progress[Progress.step];
    const pulses = this.#pulses.slice(0, threads);
    for (const pulse of pulses) pulse.beat(step, Phase.idle);
    // Numeric derivatives of a large network take their time, and whoever checks gradients can see how long.
    const watched = work.kind !== 'numeric' && work.kind !== 'gradients';
    const patienceNow = () => {
      if (!watched) return Number.POSITIVE_INFINITY;
      const begun = pulses.every((pulse) => pulse.phase !== phases[Phase.idle]);
      return begun ? this.patienceMs : Math.max(this.patienceMs, START_PATIENCE_MS);
    };
    const { stuck, stop } = watch(() => pulses.map((pulse) => pulse.value), patienceNow);
    this.#pool ??= new Pool(this.threads, this.options.program);
    try {
      return await this.#pool.run(tasks, stuck, () => abort(this.words));
    } catch (error) {
      this.#pool = undefined;
      if (!(error instanceof TaskFailure)) throw error;
      const failure = failureOf(error, pulses, step, patienceNow());
      // It may have been the machine, busy with something else: next time it gets longer.
      if (failure.cause === undefined) this.patienceMs *= 2;
      throw failure;
    } finally {
      stop();
    }
  }

  /** Mean cost and accuracy over a part of the data, or nulls where it has no rows. */
  async evaluate(rows: EvaluationRows): Promise<Evaluation> {
    if (this.setup.layout[rows].length === 0) return { cost: null, accuracy: null };
    await this.run({ kind: 'evaluate', rows });
    return evaluationResult(this.setup.memory, this.setup.layout, rows);
  }

  /** Ends the stretch under way after its current minibatch, so that the coordinator has the parameters to itself. */
  pause(): void {
    Atomics.store(this.words, Word.stopRequest, 1);
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
function patience(shape: StepShape, threads: number): number {
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
  return new WorkerFailure(worker, pulse?.step(near) ?? near, phase, cause, silentMs);
}
