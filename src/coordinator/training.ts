/**
 * The steps of a run from wherever it stands to its end: stretches of minibatches, validations, checkpoints, and what
 * goes wrong in between.
 */
import type { Config } from '../config/schema.js';
import { UserError } from '../errors.js';
import { intervalOf } from '../interval.js';
import { rateOf } from '../optimizers/schedules/index.js';
import { RunFailure, WorkerFailure } from '../pool/failures.js';
import type { TrainEvent } from '../protocol.js';
import type { CheckpointState, ValidationState } from '../runs/checkpoint.js';
import { Copies } from '../worker/copy.js';
import type { Diagnosis } from '../worker/diagnose.js';
import { advice } from './advice.js';
import { Cadence } from './cadence.js';
import type { RunProgress } from './progress.js';
import { restore, type Snapshot, type State, takeSnapshot } from './snapshots.js';
import type { Workspace } from './workspace.js';

/**
 * A snapshot that has become so old is followed by another, so that a worker's failure costs no more than that to do
 * again; or so many times as old as it takes to make one, where that is more.
 */
const SNAPSHOT_EVERY_MS = 1000;
const SNAPSHOT_SHARE = 50;

/** What a run remembers beside its parameters. */
export type Memory = Pick<CheckpointState, 'validation' | 'best'>;

/** What a run does with a state that is worth keeping. */
export interface Keeper {
  /** Keeps it as soon as that is possible; the snapshot must not change before `release` is called. */
  save(snapshot: Snapshot, memory: Memory, release: () => void): void;
  /** @throws what went wrong with something kept */
  check(): Promise<void>;
}

/** A run whose numbers are not finite any more. What it needs is another configuration. */
export class Diverged extends UserError {}

export class Training {
  readonly #cadence: Cadence;
  /** Steps between two validations. */
  readonly #between: number;
  /** The state that the run goes back to where something fails, and whether its arrays may be used again. */
  #snapshot: Snapshot;
  #snapshotMs = 0;
  #snapshotAt = performance.now();
  #snapshotIsOurs = true;
  /** A snapshot that is kept by now: to write into memory that is there already takes a tenth of the time. */
  #free: Snapshot | undefined;
  /** Orders of epochs before this one are written. */
  #prepared: number;
  /** A worker failed at this step: the next stretch ends there, so that what went well is not done a third time. */
  #failedAt = -1;
  /** The step whose loss or gradients are not finite: the run ends before it. */
  #overflowAt = Number.POSITIVE_INFINITY;
  #underWay = false;
  #saved = -1;
  readonly #copies: Copies;
  readonly #rateOf: (step: number) => number;

  /** @param memory what the run remembers from before, which this one adds to */
  constructor(
    private readonly workspace: Workspace,
    private readonly config: Config,
    private readonly activeThreads: number,
    private readonly progress: RunProgress,
    private readonly emit: (event: TrainEvent) => void,
    private readonly keeper: Keeper,
    private readonly memory: { -readonly [Key in keyof Memory]: Memory[Key] },
  ) {
    this.#cadence = new Cadence(config.train.checkpoint.every, progress.stepsPerEpoch);
    this.#between = intervalOf(config.train.validate.every, progress.stepsPerEpoch).steps;
    this.#prepared = Math.floor(progress.step / progress.stepsPerEpoch);
    this.#snapshot = takeSnapshot(workspace);
    this.#copies = new Copies(workspace.setup);
    this.#rateOf = rateOf(config.optimizer, progress.stepsPerEpoch, progress.totalSteps);
  }

  /** Now and then while a stretch lasts: a snapshot where one is due, which the workers make on their way. */
  tick(): void {
    if (!this.#underWay) return;
    const age = performance.now() - this.#snapshotAt;
    const oldest = Math.max(SNAPSHOT_EVERY_MS, SNAPSHOT_SHARE * this.#snapshotMs);
    if (this.#copies.whole) {
      this.#fetch();
      this.keeper.check().catch(() => this.workspace.supervisor.pause());
    } else if (age >= oldest || this.#cadence.overdue) this.#copies.ask();
  }

  /** @returns the last validation @throws UserError, RunFailure; the state before is then kept */
  async run(): Promise<ValidationState | null> {
    const { workspace, progress } = this;
    try {
      while (progress.step < progress.lastStep && !workspace.supervisor.stopRequested) {
        await this.#stretch();
        await this.keeper.check();
        if (progress.step >= this.#overflowAt) await this.#overflow();
      }
    } catch (error) {
      // What cannot go on is at least kept; what the disk refused is not tried again.
      if (error instanceof RunFailure) {
        restore(workspace, this.#snapshot);
        this.#save();
      }
      throw error;
    }
    this.#save();
    // Where it stopped between two validations, this one is told, but the run does not remember it: it would not
    // have been there without the stop.
    if (progress.step > 0 && this.memory.validation?.step !== progress.step) return this.#validate();
    return this.memory.validation;
  }

  /** From one thing that needs the coordinator to the next. */
  async #stretch(): Promise<void> {
    const { workspace, progress } = this;
    let gotOn = false;
    await progress.during(async () => {
      this.#remember();
      const from = progress.step;
      const to = this.#endOf(from);
      this.#copies.release();
      this.#underWay = true;
      try {
        this.#prepareTo(Math.ceil(to / progress.stepsPerEpoch));
        const stretch = workspace.supervisor.train(from, to, this.#cadence.steps, this.activeThreads);
        stretch.catch(() => {});
        // One of the slots is for the next epoch: its order is made meanwhile.
        this.#prepareTo(Math.ceil(to / progress.stepsPerEpoch) + 1);
        gotOn = (await stretch) === 'done';
        if (gotOn ? this.#copies.wholeAtRest : this.#copies.whole) this.#fetch();
        if (gotOn) return;
        this.#overflowAt = progress.step - 1;
        restore(workspace, this.#snapshot);
      } catch (error) {
        if (!(error instanceof WorkerFailure)) throw error;
        if (this.#copies.whole) this.#fetch();
        this.#failedAt = error.step;
        workspace.failures.note(error, this.#snapshot.step);
        restore(workspace, this.#snapshot);
      } finally {
        this.#underWay = false;
      }
    });
    if (!gotOn) return;
    if (this.#isValidation(progress.step) && this.memory.validation?.step !== progress.step) {
      const validation = await this.#validate();
      this.memory.validation = validation;
      const { loss } = validation;
      const best = this.memory.best?.loss ?? Number.POSITIVE_INFINITY;
      if (loss !== null && loss < best) {
        this.memory.best = validation;
        this.#cadence.take(progress.step);
        this.#save();
        return;
      }
    }
    if (this.#cadence.take(progress.step)) this.#save();
  }

  /** Takes a snapshot of where the run stands. */
  #remember(): void {
    if (this.progress.step !== this.#snapshot.step) this.#take(this.workspace);
  }

  /** Takes the workers' copy for a snapshot, and keeps it where that is due. */
  #fetch(): void {
    this.#take(this.#copies.state);
    this.#copies.release();
    const { step } = this.#snapshot;
    // Where the run rests at that very step, there may be a validation to be kept with it first.
    if (step < this.progress.step && this.#cadence.take(step)) this.#keep();
  }

  #take(state: State): void {
    const begun = performance.now();
    const old = this.#snapshotIsOurs ? this.#snapshot : this.#free;
    if (old === this.#free) this.#free = undefined;
    this.#snapshot = takeSnapshot(state, old);
    this.#snapshotIsOurs = true;
    this.#snapshotAt = performance.now();
    this.#snapshotMs = this.#snapshotAt - begun;
  }

  /** Keeps the state as it is now. */
  #save(): void {
    this.#remember();
    this.#keep();
  }

  #keep(): void {
    if (this.#saved === this.#snapshot.step) return;
    this.#saved = this.#snapshot.step;
    this.#snapshotIsOurs = false;
    const saved = this.#snapshot;
    this.keeper.save(saved, { ...this.memory }, () => {
      this.#free = saved;
    });
  }

  #isValidation(step: number): boolean {
    return step === this.progress.totalSteps || step % this.#between === 0;
  }

  #endOf(from: number): number {
    const { stepsPerEpoch } = this.progress;
    const nextValidation = (Math.floor(from / this.#between) + 1) * this.#between;
    // As many epochs as have their orders written at a time.
    const orders =
      (Math.floor(from / stepsPerEpoch) + this.workspace.setup.layout.orderSlots - 1) * stepsPerEpoch;
    const failed = this.#failedAt > from ? this.#failedAt : Number.POSITIVE_INFINITY;
    return Math.min(this.progress.lastStep, nextValidation, orders, failed, this.#overflowAt);
  }

  #prepareTo(end: number): void {
    const last = Math.min(end, this.config.train.epochs);
    for (; this.#prepared < last; this.#prepared++) this.workspace.prepareOrder(this.#prepared);
  }

  async #validate(): Promise<ValidationState> {
    const { workspace, progress, emit } = this;
    const { loss, accuracy } = await workspace.evaluate('validation');
    emit({
      event: 'epoch',
      epoch: Math.ceil(progress.step / progress.stepsPerEpoch),
      step: progress.step,
      trainLoss: progress.epochLoss,
      validLoss: loss,
      validAccuracy: accuracy,
      trainSeconds: progress.seconds,
      examplesPerSecond: progress.examplesPerSecond,
      learningRate: this.#rateOf(progress.step - 1),
    });
    return { step: progress.step, loss, accuracy };
  }

  /** The run stands before the step that overflows, and goes no further. */
  async #overflow(): Promise<never> {
    this.#save();
    const { setup } = this.workspace;
    const [found] = await this.workspace.supervisor.run({ kind: 'diagnose', step: this.#overflowAt }, 1);
    throw new Diverged(advice(setup, found as Diagnosis));
  }
}
