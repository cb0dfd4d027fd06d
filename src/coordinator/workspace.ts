/** Everything a run needs before its first step: data, network, shared memory, kernels, pool. */

import { randomUUID } from 'node:crypto';
import type { Config } from '../config/schema.js';
import { type Draw, type Sampling, samplingOf } from '../data/sampling/index.js';
import { scaleFor } from '../data/scale.js';
import type { DataSource, Split } from '../data/source.js';
import type { ChosenEngine } from '../engines/engine.js';
import { chooseEngine, plannedEngine } from '../engines/index.js';
import { compileKernels } from '../engines/kernels.js';
import { UserError } from '../errors.js';
import { initialize, readInitial } from '../model/initialize.js';
import { hasMatrix } from '../model/network.js';
import type { Real } from '../model/precision.js';
import { ruleOf } from '../optimizers/index.js';
import { orderStepsOf, planLayout } from '../plan/layout.js';
import { shardsOfMinibatch } from '../plan/shards.js';
import { stateOf } from '../plan/state.js';
import { chooseThreads } from '../plan/step-time.js';
import type { RankedRows, Setup } from '../plan/task.js';
import { Failures } from '../pool/failures.js';
import type { Pool, WorkerProgram } from '../pool/pool.js';
import { patience, Supervisor } from '../pool/supervisor.js';
import { scalesOfTarget } from '../preprocess/units.js';
import type { FaultEvent } from '../protocol.js';
import { ArenaPlan, view } from '../shared/arena.js';
import { notCut } from './abandon.js';
import { allocate, type Room } from './allocation.js';
import { type Evaluation, evaluationResult, gatherEvaluated, nothingEvaluated } from './evaluation.js';
import { fillInputs, fillParts } from './fill.js';
import { besideOf, checkCuts, coresOf, type HostsOfRun } from './hosts-of-run.js';
import { mixupOf } from './mixup.js';
import { networkOf } from './network.js';
import { type Objective, objectiveOf } from './objective.js';
import { chosenSampling, drawIn, drawsByWeight } from './sampling.js';
import { type CheckTargets, checkAllTargets, checkOfTargets } from './targets.js';
import { classWeightsOf, type FillWeights, fillWeights, windowOf } from './weights.js';

/**
 * Looks at a barrier before a worker sleeps, some 60 µs; none when threads outnumber cores. On idle cores 3 ms are no
 * faster. Where another program wants a core they are ruinous: who looks keeps the core that the late one waits for, and
 * two threads fell to a sixth of their speed.
 */
const SPINS = 4_000;

/** What is not the configuration's. */
export interface WorkspaceOptions {
  /** Told of each failure that is survived. */
  readonly onFault?: (event: FaultEvent) => void;
  /** What the threads run; default: the product's worker. */
  readonly program?: WorkerProgram;
  /** Where several hosts train together: which of them this is, and how they exchange in a stretch. */
  readonly hosts?: HostsOfRun;
  /** Threads that are there already, for those who open many workspaces one after another. */
  readonly pool?: Pool;
  /** Whether all parameters are put in afterwards, and the files of those that begin with some need not be there. */
  readonly weightsFollow?: boolean;
  /** What else the memory must have room for, and how much there is. */
  readonly room?: Room;
}

/** Weights with what stands beside them, as a snapshot has them. */
interface SharedWeights {
  readonly parameters: Real;
  readonly slots: readonly Real[];
  readonly buffers: Real;
}

export class Workspace {
  readonly words: Int32Array;
  readonly counters: Float64Array;
  readonly parameters: Real;
  /** What belongs to the model and is not trained. */
  readonly buffers: Real;
  /** The vectors of `stateOf`. */
  readonly state: readonly Real[];
  readonly hosts: HostsOfRun | undefined;
  readonly failures: Failures;
  readonly supervisor: Supervisor;
  /** Writes an epoch's rows; undefined until the data are read. */
  #draw: Draw | undefined;
  /** How they are drawn, where not each training row comes once an epoch. */
  sampling: Sampling | undefined;
  /** What rows that are read while others are learned from need besides; undefined: nothing. */
  fillWeights: FillWeights | undefined;
  /** Looks at the targets of rows that are read; undefined: the loss takes any. */
  readonly checkTargets: CheckTargets | undefined;

  private constructor(
    readonly setup: Setup,
    readonly engine: ChosenEngine,
    readonly split: Split,
    readonly threads: number,
    /** Why so many threads, where nobody asked for a number. */
    readonly threadsReason: string | null,
    readonly objective: Objective,
    readonly source: DataSource,
    patienceMs: number,
    { onFault, program, pool, hosts }: WorkspaceOptions,
  ) {
    this.hosts = hosts;
    const { memory, layout } = setup;
    this.words = view(memory, layout.control);
    this.counters = view(memory, layout.counters);
    this.parameters = view(memory, layout.parameters);
    this.buffers = view(memory, layout.buffers);
    this.checkTargets = checkOfTargets(setup);
    this.state = layout.state.map((slot) => view(memory, slot));
    // What one of several hosts would do again, the others would have to do again too.
    this.failures = hosts ? new Failures(onFault, 1) : new Failures(onFault);
    const beside = hosts && besideOf(setup, hosts);
    this.supervisor = new Supervisor(setup, threads, this.failures, patienceMs, program, pool, beside);
  }

  /**
   * Plans and allocates the memory, reads the data into it, draws the initial weights, starts the pool.
   * @param wanted threads; `auto` leaves it to the model of a step's time
   * @throws UserError for data that is not what it should be, and for sizes that do not fit
   */
  static async open(
    config: Config,
    source: DataSource,
    wanted: number | 'auto',
    options: WorkspaceOptions = {},
  ): Promise<Workspace> {
    const net = networkOf(config.model, source);
    if (net.outputs !== source.outputs) {
      const last = net.layers.findLast(hasMatrix);
      throw new UserError(
        `model.layers${last ? `.${last.place}.units` : ''}: the data "${config.data.name}" needs ${source.outputs} ` +
          `output${source.outputs === 1 ? '' : 's'}${source.each ? `, ${source.each.length} a target` : ''}, got ${net.outputs}`,
      );
    }
    const kernels = await notCut(compileKernels);
    const chosen = chooseEngine(config.engine);
    const { precision } = config.model;
    const engine = plannedEngine(chosen.choice.name, precision);
    const { batchSize, averaging, clip, ema, accumulate = 1, exchange = 'fixed' } = config.train;
    const stepRows = batchSize * accumulate;
    const shards = shardsOfMinibatch(config.train);
    const clipsNorm = clip?.norm !== undefined;
    const { name } = chosen.choice;
    const shape = { net, engine: name, bytes: engine.bytes, batchSize, shards, averaging, clipsNorm };
    checkCuts(config.train, shards, options.hosts?.hosts ?? 1, net);
    const { threads, reason: threadsReason } =
      wanted === 'auto' ? chooseThreads(shape, coresOf(options.hosts)) : { threads: wanted, reason: null };
    const { evaluated, objective } = objectiveOf(config, source);
    const classWeights = classWeightsOf(config.train.classWeights, source, evaluated.task);
    const sampling = chosenSampling(config, source, evaluated.task);
    const byWeight = drawsByWeight(sampling);
    const rule = ruleOf(config.optimizer);
    const mixup = mixupOf(config, source, net, options.hosts?.hosts);
    const plan = new ArenaPlan();
    const request = {
      net,
      engine,
      source,
      batchSize,
      shards,
      averaging,
      ...(options.hosts && { hosts: options.hosts.hosts, exchange }),
      threads,
      optimizerSlots: stateOf({ ...rule, ema }).length,
      ema: ema !== undefined,
      clipsNorm,
      accumulate,
      evaluated,
      classWeights: classWeights !== undefined,
      drawsByWeight: byWeight,
      mixup: mixup !== undefined,
    };
    const layout = planLayout(plan, request);
    // Up to here nothing was allocated that grows with the configuration or the data.
    const memory = allocate(plan, request, options.room ?? {});
    const split = source.split(config.seed);
    const targetScales = scalesOfTarget(source.preprocessing?.target);
    const setup: Setup = {
      id: randomUUID(),
      memory,
      kernels,
      layout,
      seed: config.seed,
      net,
      init: config.model.init,
      loss: config.loss,
      evaluated,
      ...rule,
      ...(ema && { ema }),
      ...(clip && { clip }),
      engine: chosen.choice,
      precision,
      featureType: source.featureType,
      scale: scaleFor(source, precision),
      targets: source.targets,
      ...(targetScales && { targetScales }),
      ...(mixup !== undefined && { mixup }),
      batchSize: stepRows,
      shards: shards * accumulate,
      ...(accumulate > 1 && { accumulate }),
      averaging,
      trainRows: source.parts.train,
      orderSteps: orderStepsOf(source, stepRows),
      ...(options.hosts && {
        exchange: {
          host: options.hosts.host,
          hosts: options.hosts.hosts,
          order: exchange,
        },
      }),
      steps: config.train.epochs * Math.ceil(source.parts.train / stepRows),
      spins: threads <= coresOf(options.hosts) ? SPINS : 0,
    };
    const workspace = new Workspace(
      setup,
      chosen,
      split,
      threads,
      threadsReason,
      objective,
      source,
      patience(shape, threads),
      options,
    );
    fillParts(setup, source, split);
    // The threads start and the data is read while the weights are drawn.
    const ready = notCut(() => workspace.supervisor.run({ kind: 'ready' }));
    ready.catch(() => {});
    try {
      const read = source.read(windowOf(memory, layout));
      read.catch(() => {});
      initialize(net, config.seed, config.model.init, workspace.parameters, workspace.buffers);
      if (!options.weightsFollow) await readInitial(net, config.model.init, workspace.parameters);
      workspace.beginAverages();
      await read;
      checkAllTargets(workspace.checkTargets, split, source);
      workspace.fillWeights = await fillWeights(setup, split, classWeights, source.stream, byWeight);
      if (!source.stream) workspace.#draw = drawIn(setup, split, sampling);
      if (samplingOf(sampling.name).told !== undefined) workspace.sampling = samplingOf(sampling.name);
      fillInputs(setup, source);
      await ready;
      return workspace;
    } catch (error) {
      // Threads that are ended while they load leave files open, and would seem to have failed.
      await ready.catch(() => {});
      await workspace.close();
      throw error;
    }
  }

  /** Writes the rows of `epoch`, into its slot, as `train.sampling` says. */
  prepareOrder(epoch: number): void {
    const { order, orderSlots } = this.setup.layout;
    const n = this.split.train.length;
    const slot = (epoch % orderSlots) * n;
    const rows = view(this.setup.memory, order).subarray(slot, slot + n);
    this.#draw?.(rows, epoch);
  }

  /** Loss and metrics over a part of the data, by the parameters as they are. */
  async evaluate(rows: RankedRows): Promise<Evaluation> {
    if (this.setup.layout[rows].length === 0) return nothingEvaluated;
    await this.supervisor.run({ kind: 'evaluate', rows });
    const { hosts, setup, threads } = this;
    if (hosts) await gatherEvaluated(setup, rows, threads, (...values) => hosts.gatherValues(...values));
    if (this.setup.layout.ranked.places.length > 0) await this.supervisor.run({ kind: 'rank', rows });
    return evaluationResult(this.setup, rows, this.threads);
  }

  /** Where a run averages its weights: before its first step the averages are the weights as they stand. */
  beginAverages(): void {
    if (this.setup.ema) this.state.at(-1)?.set(this.parameters);
  }

  /**
   * Puts what a run leaves in the place of what it has trained: the best weights, or of averages these.
   * @param best undefined: those after the last step
   */
  leave(best: SharedWeights | undefined): void {
    const { parameters, slots, buffers } = best ?? { ...this, slots: this.state };
    this.parameters.set((this.setup.ema && slots.at(-1)) ?? parameters);
    this.buffers.set(buffers);
    this.beginAverages();
  }

  /**
   * Where several hosts train together, whose snapshots are of other steps each: all go on from where host 0 stands. What
   * was rounded away and not sent yet belongs to the steps that are left behind.
   */
  async align(): Promise<void> {
    const { memory, layout } = this.setup;
    if (layout.exchange?.halves) view(memory, layout.exchange.halves.rests).fill(0);
    await this.hosts?.share([this.parameters, ...this.state, this.buffers, this.counters]);
  }

  /** Lets go of the data too. */
  async close(): Promise<void> {
    await this.supervisor.close();
    await this.source.stream?.close?.();
  }
}
