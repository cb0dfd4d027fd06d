/**
 * A training run from its data to its final weights: stretches of minibatches, validations, the report's
 * events. Knows nothing of terminals, nor of how a worker computes.
 */
import type { Config } from '../config/schema.js';
import { openData } from '../data/index.js';
import type { DataSource } from '../data/source.js';
import type { DoneEvent, EngineFacts, RunOptions, TrainEvent, TrainResult } from '../protocol.js';
import { RunFolder } from '../runs/folder.js';
import { Pace } from './pace.js';
import { parametersHash, sampleOutputs, tensorsOf, timeShares } from './results.js';
import { type Evaluation, Workspace } from './workspace.js';

const PROGRESS_EVERY_MS = 100;

/** What a test may put in place of what the configuration names. */
export interface Given {
  readonly source?: DataSource;
  readonly parameters?: ArrayLike<number>;
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
   * @throws UserError for a mistake that the user can mend
   */
  async train(
    config: Config,
    options: RunOptions,
    onEvent: (event: TrainEvent) => void,
    given: Given = {},
  ): Promise<TrainResult> {
    const source = given.source ?? (await openData(config.data));
    const workspace = await Workspace.open(config, source, options.threads);
    this.#workspace = workspace;
    if (this.#stopRequested) workspace.requestStop();
    try {
      if (given.parameters) workspace.parameters.set(given.parameters);
      const folder =
        options.runDir === null
          ? undefined
          : new RunFolder(options.runDir, config, engineRecord(workspace), options.version);
      const emit = (event: TrainEvent) => {
        if (event.event !== 'progress') folder?.event(event);
        onEvent(event);
      };
      return await run(workspace, config, options, emit, folder);
    } finally {
      this.#workspace = undefined;
      await workspace.close();
    }
  }
}

async function run(
  workspace: Workspace,
  config: Config,
  options: RunOptions,
  emit: (event: TrainEvent) => void,
  folder: RunFolder | undefined,
): Promise<TrainResult> {
  const { setup, split } = workspace;
  const { batchSize, shards, net, precision } = setup;
  const { epochs } = config.train;
  const { runDir } = options;
  const { threads, threadsReason } = workspace;
  const activeThreads = Math.min(threads, shards);
  const pace = new Pace(workspace.progress, epochs, split.train.length, batchSize);

  emit({
    event: 'start',
    name: config.name,
    seed: config.seed,
    ...engineFacts(workspace),
    precision,
    threads,
    threadsReason,
    activeThreads,
    shards,
    batchSize,
    epochs,
    stepsPerEpoch: pace.stepsPerEpoch,
    network: [net.inputs, ...net.layers.map((layer) => layer.units)],
    parameters: net.parameters,
    trainRows: split.train.length,
    validationRows: split.validation.length,
    testRows: split.test.length,
    runDir,
  });

  // One timer for the whole run: stretches may be shorter than its period.
  const timer = setInterval(() => emit(pace.event()), PROGRESS_EVERY_MS);
  let valid: Evaluation;
  let test: Evaluation;
  try {
    valid = await trainEpochs(workspace, config, activeThreads, pace, emit);
    test = await workspace.evaluate('test');
  } finally {
    clearInterval(timer);
  }

  const summary: DoneEvent = {
    event: 'done',
    epochs: Math.floor(pace.step / pace.stepsPerEpoch),
    steps: pace.step,
    examples: pace.examples,
    trainSeconds: pace.seconds,
    examplesPerSecond: pace.examplesPerSecond,
    threads,
    shards,
    ...engineFacts(workspace),
    precision,
    validCost: valid.cost,
    validAccuracy: valid.accuracy,
    testCost: test.cost,
    testAccuracy: test.accuracy,
    weightsHash: parametersHash(workspace.parameters),
    peakMemoryBytes: peakMemory(),
    runDir,
    stopped: pace.step < pace.totalSteps,
    time: timeShares(setup, activeThreads, pace.seconds),
  };
  const outputs = await sampleOutputs(workspace);
  if (outputs !== undefined) summary.outputs = outputs;
  const tensors = tensorsOf(net, workspace.parameters);
  folder?.weights(tensors, { weightsHash: summary.weightsHash, gradpool: options.version });
  emit(summary);
  return { summary, tensors };
}

/** Stretch after stretch up to the last epoch or a stop. @returns the last validation */
async function trainEpochs(
  workspace: Workspace,
  config: Config,
  activeThreads: number,
  pace: Pace,
  emit: (event: TrainEvent) => void,
): Promise<Evaluation> {
  const { epochs, validateEvery } = config.train;
  const { stepsPerEpoch } = pace;
  const { orderSlots } = workspace.setup.layout;
  let valid: Evaluation = { cost: null, accuracy: null };
  let epoch = 0;
  let prepared = 0;
  const prepareTo = (end: number) => {
    for (; prepared < Math.min(end, epochs); prepared++) workspace.prepareOrder(prepared);
  };
  while (epoch < epochs && !workspace.stopRequested) {
    const nextValidation = Math.min(epochs, (Math.floor(epoch / validateEvery) + 1) * validateEvery);
    // As many epochs as fit the slots, one of which is for the epoch after: its order is made meanwhile.
    const end = Math.min(nextValidation, epoch + orderSlots - 1);
    await pace.during(async () => {
      prepareTo(end);
      const fromStep = epoch * stepsPerEpoch;
      const stretch = workspace.run({ kind: 'train', fromStep, toStep: end * stepsPerEpoch }, activeThreads);
      prepareTo(end + 1);
      await stretch;
    });
    epoch = Math.floor(pace.step / stepsPerEpoch);
    if (epoch !== nextValidation && !workspace.stopRequested) continue;
    valid = await workspace.evaluate('validation');
    emit({
      event: 'epoch',
      epoch: Math.ceil(pace.step / stepsPerEpoch),
      step: pace.step,
      trainCost: pace.epochCost,
      validCost: valid.cost,
      validAccuracy: valid.accuracy,
      trainSeconds: pace.seconds,
      examplesPerSecond: pace.examplesPerSecond,
    });
  }
  return valid;
}

/** The most memory that the process has had in use at a time. */
function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/** The engine as it is recorded with the run: what must be there to repeat it. */
function engineRecord({ engine: { choice, reason }, setup }: Workspace): object {
  return { ...choice, shards: setup.shards, reason };
}

/** The engine as events tell of it. */
function engineFacts({ engine: { choice, reason } }: Workspace): EngineFacts {
  const { name, version, detail } = choice.name === 'blas' ? choice.blas : {};
  const library = name && [`${name} ${version}`.trim(), detail].filter(Boolean).join(', ');
  return { engine: choice.name, engineReason: reason ?? null, library: library ?? null };
}
