/**
 * A training run as the coordinator owns it: opened or resumed, trained, tested, its folder kept. Knows nothing of
 * terminals, nor of how a worker computes.
 */
import type { Config } from '../config/schema.js';
import { openData } from '../data/index.js';
import type { DataSource } from '../data/source.js';
import { UserError } from '../errors.js';
import type { DoneEvent, EngineFacts, RunOptions, TrainEvent, TrainResult } from '../protocol.js';
import type { CheckpointState } from '../runs/checkpoint.js';
import { type Disk, realDisk } from '../runs/disk.js';
import { RunFolder } from '../runs/folder.js';
import { dataDifferences, engineDifferences, type RunRecord } from '../runs/record.js';
import { resumeCommand } from '../runs/resume.js';
import { Saver } from '../runs/saver.js';
import { Pace } from './pace.js';
import type { WorkerProgram } from './pool.js';
import { dataRecord, engineRecord } from './record.js';
import { parametersByName, parametersHash, sampleOutputs, timeShares } from './results.js';
import { type Resumed, refuseDifferences, resumeFrom } from './resuming.js';
import { tensorsIn } from './snapshot.js';
import { Diverged, type Keeper, Training } from './training.js';
import { Workspace } from './workspace.js';

const PROGRESS_EVERY_MS = 100;

/** What a test may put in place of what there is. */
export interface Given {
  readonly source?: DataSource;
  readonly parameters?: ArrayLike<number>;
  readonly disk?: Disk;
  readonly program?: WorkerProgram;
}

export class Trainer {
  #workspace: Workspace | undefined;
  #stopRequested = false;

  /** Ends the run after the minibatch under way, with what was learned kept. */
  stop(): void {
    this.#stopRequested = true;
    this.#workspace?.requestStop();
  }

  /**
   * Trains as `config` says. The result does not depend on `options`.
   * @throws UserError for a mistake that the user can mend, RunFailure where workers fail again and again
   */
  async train(
    config: Config,
    options: RunOptions,
    onEvent: (event: TrainEvent) => void,
    given: Given = {},
  ): Promise<TrainResult> {
    const { runDir, resume = null } = options;
    // First of all: nobody should wait for the data to hear that the folder is taken.
    const folder = runDir === null ? undefined : await RunFolder.claim(runDir, resume !== null, given.disk);
    const emit = (event: TrainEvent) => {
      if (event.event !== 'progress') folder?.event(event);
      onEvent(event);
    };
    let result: TrainResult;
    try {
      const source = given.source ?? (await openData(config.data));
      const workspace = await Workspace.open(config, source, options.threads, {
        onFault: emit,
        program: given.program,
      });
      this.#workspace = workspace;
      if (this.#stopRequested) workspace.requestStop();
      try {
        if (given.parameters) workspace.parameters.set(given.parameters);
        result = await new Run(workspace, config, options, emit, folder, given.disk ?? realDisk).toItsEnd();
      } finally {
        this.#workspace = undefined;
        await workspace.close();
      }
    } catch (error) {
      // What went wrong first is what is told.
      await folder?.close().catch(() => {});
      throw error;
    }
    await folder?.close();
    return result;
  }
}

class Run {
  readonly #pace: Pace;
  readonly #activeThreads: number;
  #lastCheckpoint: string | null = null;
  #forced: CheckpointState['forced'] = [];

  constructor(
    private readonly workspace: Workspace,
    private readonly config: Config,
    private readonly options: RunOptions,
    private readonly emit: (event: TrainEvent) => void,
    private readonly folder: RunFolder | undefined,
    private readonly disk: Disk,
  ) {
    const { setup, split, threads } = workspace;
    this.#pace = new Pace(workspace.progress, config.train.epochs, split.train.length, setup.batchSize);
    this.#activeThreads = Math.min(threads, setup.shards);
  }

  async toItsEnd(): Promise<TrainResult> {
    const { workspace, config, options, emit, folder } = this;
    const pace = this.#pace;
    const engine = await engineRecord(workspace);
    // The data are hashed while the workers train: nobody waits for it but the first checkpoint.
    let data: ReturnType<typeof dataRecord> | undefined;
    const record = async (): Promise<RunRecord> => {
      data ??= dataRecord(workspace);
      return { gradpool: options.version, config, engine, data: await data };
    };
    if (options.expected) {
      const here = await record();
      const differences = [
        ...engineDifferences(options.expected.engine, here.engine),
        ...dataDifferences(options.expected.data, here.data),
      ];
      refuseDifferences(config.name, differences, false);
    }
    const resumed: Resumed = options.resume
      ? await resumeFrom(options.runDir, options.resume, workspace, await record(), this.disk)
      : { state: undefined, event: undefined };
    this.#forced = resumed.state?.forced ?? [];
    if (pace.step > pace.totalSteps) {
      throw new UserError(
        `train.epochs: the run is at step ${pace.step} already, behind the ${pace.totalSteps} of ` +
          `${config.train.epochs} epochs; expected at least ${Math.ceil(pace.step / pace.stepsPerEpoch)}`,
      );
    }
    pace.resume(resumed.state?.seconds ?? 0);
    await folder?.begin(config, engine, options.version);
    this.#start(resumed);

    const saver = new Saver(async ({ state, tensors }) => {
      if (!folder) return;
      const { keep } = config.train.checkpoint;
      const path = await folder.checkpoint({ record: await record(), state, tensors }, keep);
      this.#lastCheckpoint = path;
      emit({ event: 'checkpoint', step: state.step, path, best: state.best?.step === state.step });
    });
    const { net } = workspace.setup;
    const keeper: Keeper = {
      save: (snapshot, memory) => {
        if (!folder) return;
        const { step, epochCost, epochExamples } = snapshot;
        const state = { step, epochCost, epochExamples, seconds: pace.seconds, ...memory };
        saver.offer({ state, tensors: tensorsIn(net, snapshot) });
      },
      check: async () => {
        saver.check();
        await folder?.check();
      },
    };
    const { validation = null, best = null, forced = [] } = resumed.state ?? {};
    const training = new Training(
      workspace,
      config,
      this.#activeThreads,
      pace,
      emit,
      keeper,
      { validation, best, forced },
      options.untilStep ?? Number.POSITIVE_INFINITY,
    );
    // One timer for the whole run: stretches may be shorter than its period.
    const timer = setInterval(() => {
      emit(pace.event());
      training.tick();
    }, PROGRESS_EVERY_MS);
    try {
      const valid = await training.run();
      await saver.drain();
      const test = await workspace.evaluate('test');
      return await this.#finish(valid, test, record);
    } catch (error) {
      // What is on its way to the disk should arrive; that it does not is told where nothing else went wrong.
      await saver.drain().catch(() => {});
      throw withWhatIsKept(error, this.#lastCheckpoint, options.runDir);
    } finally {
      clearInterval(timer);
    }
  }

  #start({ event }: Resumed): void {
    const { workspace, config, options, emit } = this;
    const { setup, split, threads, threadsReason } = workspace;
    const { net } = setup;
    emit({
      event: 'start',
      name: config.name,
      seed: config.seed,
      ...engineFacts(workspace),
      precision: setup.precision,
      threads,
      threadsReason,
      activeThreads: this.#activeThreads,
      shards: setup.shards,
      batchSize: setup.batchSize,
      epochs: config.train.epochs,
      stepsPerEpoch: this.#pace.stepsPerEpoch,
      network: [net.inputs, ...net.layers.map((layer) => layer.units)],
      parameters: net.parameters,
      trainRows: split.train.length,
      validationRows: split.validation.length,
      testRows: split.test.length,
      runDir: options.runDir,
    });
    if (event) emit({ ...event, totalSteps: this.#pace.totalSteps });
  }

  async #finish(
    valid: { cost: number | null; accuracy: number | null } | null,
    test: { cost: number | null; accuracy: number | null },
    record: () => Promise<RunRecord>,
  ): Promise<TrainResult> {
    const { workspace, options, emit, folder } = this;
    const { setup, threads } = workspace;
    const pace = this.#pace;
    const summary: DoneEvent = {
      event: 'done',
      epochs: Math.floor(pace.step / pace.stepsPerEpoch),
      steps: pace.step,
      examples: pace.examples,
      trainSeconds: pace.seconds,
      examplesPerSecond: pace.examplesPerSecond,
      threads,
      shards: setup.shards,
      ...engineFacts(workspace),
      precision: setup.precision,
      validCost: valid?.cost ?? null,
      validAccuracy: valid?.accuracy ?? null,
      testCost: test.cost,
      testAccuracy: test.accuracy,
      weightsHash: parametersHash(workspace.parameters),
      peakMemoryBytes: peakMemory(),
      runDir: options.runDir,
      checkpoint: this.#lastCheckpoint,
      faults: workspace.faults,
      stopped: pace.step < pace.totalSteps,
      time: timeShares(setup, this.#activeThreads, pace.secondsHere),
    };
    const outputs = await sampleOutputs(workspace);
    if (outputs !== undefined) summary.outputs = outputs;
    const tensors = parametersByName(setup.net, workspace.parameters.slice());
    if (folder) {
      const { engine, data } = await record();
      // What it takes to repeat the run is kept with what came of it.
      await folder.weights(tensors, {
        weightsHash: summary.weightsHash,
        gradpool: options.version,
        run: JSON.stringify({ steps: pace.step, engine, data, forced: this.#forced }),
      });
    }
    emit(summary);
    return { summary, tensors };
  }
}

/** Adds to a failure of the run itself what it leaves behind. */
function withWhatIsKept(error: unknown, checkpoint: string | null, runDir: string | null): unknown {
  if (!(error instanceof Error) || checkpoint === null || runDir === null) return error;
  if (error.message.includes('--resume')) return error;
  if (!(error instanceof UserError) && error.name !== 'RunFailure') return error;
  const [first, ...rest] = error.message.split('\n');
  const change = error instanceof Diverged ? ' --force --set train.learningRate=…' : '';
  error.message = [first, `kept: ${checkpoint}; ${resumeCommand(runDir)}${change}`, ...rest].join('\n');
  return error;
}

/** The most memory that the process has had in use at a time. */
function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/** The engine as events tell of it. */
function engineFacts({ engine: { choice, reason } }: Workspace): EngineFacts {
  const { name, version, detail } = choice.name === 'blas' ? choice.blas : {};
  const library = name && [`${name} ${version}`.trim(), detail].filter(Boolean).join(', ');
  return { engine: choice.name, engineReason: reason ?? null, library: library ?? null };
}
