/**
 * One run from its start event to its done event, in a workspace that is open and a folder that is claimed.
 */
import type { Config } from '../config/schema.js';
import { UserError } from '../errors.js';
import { intervalOf } from '../interval.js';
import type { Disk } from '../machine/disk.js';
import { atWork } from '../machine/work.js';
import { checkSchedule } from '../optimizers/schedules/index.js';
import { DESCRIPTION_KEY } from '../predict/description.js';
import type { DoneEvent, InitFacts, RunOptions, TrainResult } from '../protocol.js';
import type { RunFolder } from '../runs/folder.js';
import type { InitProvenance, Provenance } from '../runs/provenance.js';
import { Saver, type Unwritten } from '../runs/saver.js';
import { beginning, type RunState } from '../runs/state.js';
import { WEIGHTS_FORMAT } from '../runs/weights.js';
import { describeModel } from './description.js';
import { insightsOf } from './insights/index.js';
import { Sample } from './insights/sample.js';
import { withWhatIsKept } from './kept.js';
import type { Listeners } from './listeners.js';
import type { Outcome } from './outcome.js';
import { RunProgress } from './progress.js';
import { dataProvenance, engineProvenance } from './provenance.js';
import { type Resumed, refuseAnother, resumeFrom } from './restore.js';
import { modelHash, peakMemory, sampleOutputs, tensorsOf, timeShares } from './results.js';
import { namedTensors, SnapshotPool } from './snapshots.js';
import { engineFacts, scaledOf, startEvent } from './start-event.js';
import type { Together } from './together.js';
import { type Keeper, Training } from './training.js';
import type { Workspace } from './workspace.js';

const PROGRESS_EVERY_MS = 100;

export class Run {
  readonly #progress: RunProgress;
  readonly #activeThreads: number;
  #lastCheckpoint: string | null = null;
  readonly #pool = new SnapshotPool();
  #recorded: Promise<Provenance> | undefined;

  constructor(
    private readonly workspace: Workspace,
    private readonly config: Config,
    private readonly options: RunOptions,
    private readonly told: Listeners,
    private readonly folder: RunFolder | undefined,
    private readonly disk: Disk,
    private readonly initial?: InitFacts,
    private readonly together?: Together,
  ) {
    const { setup, threads } = workspace;
    const length = setup.trainRows;
    const perEpoch = Math.ceil(length / setup.batchSize);
    const untilStep = Math.min(
      options.untilStep ?? Number.POSITIVE_INFINITY,
      options.until === undefined ? Number.POSITIVE_INFINITY : intervalOf(options.until, perEpoch).steps,
    );
    this.#progress = new RunProgress(
      workspace.counters,
      config.train.epochs,
      length,
      setup.batchSize,
      untilStep,
    );
    this.#activeThreads = Math.min(
      threads,
      setup.shards / (setup.accumulate ?? 1) / (setup.exchange?.hosts ?? 1),
    );
  }

  async toItsEnd(): Promise<TrainResult> {
    const { workspace, config, options, folder, together } = this;
    const progress = this.#progress;
    const here = () => this.#resumed();
    const resumed = together ? await together.resumed(workspace, this.#pool, here) : await here();
    progress.resume(resumed.state.seconds);
    const begin = async () => {
      this.#refuseTooFewEpochs();
      checkSchedule(workspace.setup.optimizer.schedule, progress.stepsPerEpoch, progress.totalSteps);
      const { objective } = workspace;
      if (objective.mayBeUndefined) objective.refuseUndefined(await workspace.evaluate('validation'));
      await folder?.begin(config, await engineProvenance(workspace), options.version, this.#initFrom());
    };
    await (together ? together.begin(begin) : begin());
    this.#start(resumed);

    const saver = new Saver((unwritten) => this.#write(unwritten));
    const keeper: Keeper = {
      save: (snapshot, release) => {
        if (!folder) return release();
        saver.offer({ state: snapshot.state, tensors: namedTensors(workspace.setup, snapshot) }, release);
      },
      check: async () => {
        saver.check();
        await folder?.check();
      },
      validated: this.#validated(),
    };
    const training = new Training(
      workspace,
      config,
      this.#activeThreads,
      progress,
      this.told,
      keeper,
      this.#pool,
      resumed,
    );
    // One timer for the whole run: stretches may be shorter than its period.
    const timer = setInterval(() => {
      this.told.emit(progress.event());
      training.tick();
    }, PROGRESS_EVERY_MS);
    try {
      const outcome = await training.run();
      await saver.drain();
      return await this.#finish(outcome, resumed.state.forced, training.rowsRead);
    } catch (error) {
      // What is on its way to the disk should arrive; that it does not is told where nothing else went wrong.
      await saver.drain().catch(() => {});
      throw withWhatIsKept(error, this.#lastCheckpoint, options.runDir);
    } finally {
      clearInterval(timer);
    }
  }

  /** What comes after validations: where several hosts train together, a comparison; where somebody watches, a sample. */
  #validated(): Keeper['validated'] {
    const { workspace, together, folder } = this;
    const sample = this.#sampler();
    if (together === undefined) return sample;
    return async (step) => {
      await together.check(workspace, step, folder);
      await sample?.(step);
    };
  }

  #sampler(): Keeper['validated'] {
    if (this.options.sample !== true) return undefined;
    const sample = new Sample(this.workspace);
    const time = () => timeShares(this.workspace.setup, this.#activeThreads, this.#progress.secondsHere);
    return async (step) => {
      const event = await sample.after(step, time);
      if (event !== undefined) this.told.emit(event);
    };
  }

  /** The file that the run began with; where it goes on from a checkpoint, the one that was told then. */
  #initFrom(): InitProvenance | undefined {
    const { initFrom } = this.options;
    const sha256 = this.initial?.sha256 ?? initFrom?.sha256;
    return initFrom && sha256
      ? { path: initFrom.path, sha256, allowMissing: initFrom.allowMissing }
      : undefined;
  }

  /** What the run's bits follow from. The data are hashed while the workers train: only a checkpoint waits for it. */
  #provenance(): Promise<Provenance> {
    const { workspace, config, options } = this;
    const provenance = async (): Promise<Provenance> => {
      const [engine, data] = await Promise.all([engineProvenance(workspace), dataProvenance(workspace)]);
      const initFrom = this.#initFrom();
      return { gradpool: options.version, config, engine, data, ...(initFrom && { initFrom }) };
    };
    this.#recorded ??= provenance();
    return this.#recorded;
  }

  /** Puts the run where it is to go on. @throws UserError where it cannot go on, or not be repeated, as it was */
  async #resumed(): Promise<Resumed> {
    const { workspace, options } = this;
    if (options.expected) refuseAnother(options.expected, await this.#provenance());
    if (!options.resume) return { state: beginning, best: undefined, event: undefined };
    const provenance = await this.#provenance();
    return resumeFrom(options.runDir, options.resume, workspace, provenance, this.disk, this.#pool);
  }

  #refuseTooFewEpochs(): void {
    const { step, totalSteps, stepsPerEpoch } = this.#progress;
    if (step <= totalSteps) return;
    throw new UserError(
      `train.epochs: the run is at step ${step} already, past the ${totalSteps} of ${this.config.train.epochs} ` +
        `epochs; expected at least ${Math.ceil(step / stepsPerEpoch)}`,
    );
  }

  async #write({ state, tensors }: Unwritten): Promise<void> {
    const { config, folder } = this;
    if (!folder) return;
    const provenance = await this.#provenance();
    const path = await folder.checkpoint({ provenance, state, tensors }, config.train.checkpoint.keep);
    this.#lastCheckpoint = path;
    this.told.emit({ event: 'checkpoint', step: state.step, path, best: state.best?.step === state.step });
  }

  #start({ event }: Resumed): void {
    atWork(undefined);
    const { workspace, config, options } = this;
    this.told.emit(
      startEvent(
        workspace,
        config,
        {
          activeThreads: this.#activeThreads,
          stepsPerEpoch: this.#progress.stepsPerEpoch,
          ...(this.initial && { initFrom: this.initial }),
          ...(this.together && { hosts: this.together.facts }),
          runDir: options.runDir,
        },
        options.version,
      ),
    );
    if (event) this.told.emit({ ...event, totalSteps: this.#progress.lastStep });
  }

  /** Tests the weights that the run leaves, and writes them. Its last state stands in a checkpoint by now. */
  async #finish(
    { best, validation, learnedEnough, converged }: Outcome,
    forced: RunState['forced'],
    rowsRead: number | undefined,
  ): Promise<TrainResult> {
    const { workspace, config, options, folder } = this;
    const { setup, threads, objective } = workspace;
    const progress = this.#progress;
    await this.together?.check(workspace, progress.step, folder);
    const weightsHash = modelHash(workspace);
    workspace.leave(best);
    const bestHash = best || setup.ema ? modelHash(workspace) : weightsHash;
    const bestStep = validation?.step ?? progress.step;
    const test = await workspace.evaluate('test');
    const bestValue = validation?.value ?? null;
    const stopped = progress.step < progress.totalSteps && !learnedEnough;
    const outputs = await sampleOutputs(workspace);
    const tensors = tensorsOf(workspace);
    if (folder) {
      const { engine, data, initFrom } = await this.#provenance();
      // What it takes to repeat the run is kept with what came of it.
      await folder.weights(tensors, {
        format: WEIGHTS_FORMAT,
        bestHash,
        best: JSON.stringify({ step: bestStep, monitor: objective.monitor, value: bestValue }),
        weightsHash,
        gradpool: options.version,
        [DESCRIPTION_KEY]: JSON.stringify(
          describeModel(config, workspace, { step: bestStep, validation: validation ?? undefined }),
        ),
        run: JSON.stringify({ steps: progress.step, config, engine, data, forced, initFrom }),
      });
      // The run has left what it is for: whoever kills it now loses nothing but this.
      const examples = stopped ? 0 : progress.step * setup.batchSize;
      const insights = await insightsOf(workspace, { examples });
      if (insights) this.told.emit(insights);
    }
    const summary: DoneEvent = {
      event: 'done',
      at: new Date().toISOString(),
      epochs: Math.floor(progress.step / progress.stepsPerEpoch),
      steps: progress.step,
      examples: progress.examples,
      trainSeconds: progress.seconds,
      examplesPerSecond: progress.examplesPerSecond,
      threads,
      shards: setup.shards,
      ...engineFacts(workspace),
      precision: setup.precision,
      bestStep,
      monitor: objective.monitor,
      bestValue,
      validLoss: validation?.loss ?? null,
      validMetrics: validation?.metrics ?? {},
      testLoss: test.loss,
      testMetrics: test.metrics,
      ...(Object.keys(test.reasons).length > 0 && { reasons: test.reasons }),
      ...scaledOf(workspace),
      bestHash,
      weightsHash,
      peakMemoryBytes: peakMemory(),
      runDir: options.runDir,
      checkpoint: this.#lastCheckpoint,
      faults: workspace.failures.survived,
      stopped,
      learnedEnough: progress.step < progress.totalSteps && learnedEnough,
      ...(converged && { converged: true as const }),
      time: timeShares(setup, this.#activeThreads, progress.secondsHere),
      ...(rowsRead !== undefined && { rowsRead }),
      ...(outputs && { outputs }),
    };
    this.told.emit(summary);
    return { summary, tensors };
  }
}
