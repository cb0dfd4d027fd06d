/**
 * The steps of a run from wherever it stands to its end: stretches of minibatches, validations, checkpoints, and what
 * goes wrong in between.
 */

import type { Config } from '../config/schema.js';
import { Diverged, RunFailure } from '../errors.js';
import { intervalOf } from '../interval.js';
import { rateOf, watchOf } from '../optimizers/schedules/index.js';
import { WorkerFailure } from '../pool/failures.js';
import type { RunState, Validation } from '../runs/state.js';
import { Counter } from '../shared/control.js';
import { Copies, type SharedState } from '../worker/copy.js';
import type { Diagnosis } from '../worker/diagnose.js';
import { advice } from './advice.js';
import { Cadence } from './cadence.js';
import { Lbfgs } from './lbfgs.js';
import { type Listeners, stepEvent } from './listeners.js';
import type { Orders } from './orders.js';
import type { Outcome, Start } from './outcome.js';
import type { RunProgress } from './progress.js';
import { restore, type Snapshot, type SnapshotPool } from './snapshots.js';
import { ordersOf } from './streamed-orders.js';
import type { Workspace } from './workspace.js';

/**
 * A snapshot that has become so old is followed by another, so that a worker's failure costs no more than that to do
 * again; or so many times as old as it takes to make one, where that is more.
 */
const SNAPSHOT_EVERY_MS = 1000;
const SNAPSHOT_SHARE = 50;

/** What a run does with a state that is worth keeping. */
export interface Keeper {
  /** Keeps it as soon as that is possible; the snapshot must not change before `release` is called. */
  save(snapshot: Snapshot, release: () => void): void;
  /** @throws what went wrong with something kept */
  check(): Promise<void>;
  /** Looks at the weights after a validation, while workers rest; undefined: nobody wants to. */
  readonly validated?: ((step: number) => Promise<void>) | undefined;
}

export class Training {
  readonly #cadence: Cadence;
  /** Steps between two validations. */
  readonly #between: number;
  /** What the run remembers; its step and the sums of its epoch are those of the shared memory, not these. */
  #state: RunState;
  /** The state that the run goes back to where something fails. */
  #snapshot: Snapshot;
  #snapshotMs = 0;
  #snapshotAt = performance.now();
  /** The best weights that are remembered; undefined before the first validation. */
  #best: Snapshot | undefined;
  readonly #orders: Orders;
  /** A worker failed at this step: the next stretch ends there, so that what went well is not done a third time. */
  #failedAt = -1;
  /** The step whose loss or gradients are not finite: the run ends before it. */
  #overflowAt = Number.POSITIVE_INFINITY;
  #underWay = false;
  #saved = -1;
  readonly #copies: Copies;
  readonly #rateOf: ReturnType<typeof rateOf>;
  readonly #watch: ReturnType<typeof watchOf>;
  /** Makes the steps where workers do not. */
  readonly #method: Lbfgs | undefined;

  constructor(
    private readonly workspace: Workspace,
    config: Config,
    private readonly activeThreads: number,
    private readonly progress: RunProgress,
    private readonly told: Listeners,
    private readonly keeper: Keeper,
    private readonly pool: SnapshotPool,
    { state, best }: Start,
  ) {
    this.#cadence = new Cadence(config.train.checkpoint.every, progress.stepsPerEpoch);
    this.#between = intervalOf(config.train.validate.every, progress.stepsPerEpoch).steps;
    this.#orders = ordersOf(workspace, progress.stepsPerEpoch, config.train.epochs, progress.step);
    this.#state = state;
    this.#best = best;
    this.#snapshot = pool.take(workspace, state);
    this.#copies = new Copies(workspace.setup);
    const { method, optimizer } = workspace.setup;
    this.#method = method && new Lbfgs(workspace, method, activeThreads);
    this.#rateOf = rateOf(optimizer, progress.stepsPerEpoch, progress.totalSteps);
    this.#watch = watchOf(optimizer.schedule, progress.stepsPerEpoch);
  }

  /** Rows that this process has read from the data so far, where each host reads its own. */
  get rowsRead(): number | undefined {
    return this.#orders.rowsRead;
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

  /** @throws UserError, RunFailure; the state before is then kept */
  async run(): Promise<Outcome> {
    const { workspace, progress } = this;
    const { objective, supervisor } = workspace;
    const learnedEnough = () => this.#state.converged || objective.isReached(this.#state.improvement);
    try {
      while (progress.step < progress.lastStep && !supervisor.stopRequested && !learnedEnough()) {
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
    } finally {
      await this.#orders.close();
    }
    this.#save();
    const { validation, best, converged = false } = this.#state;
    const remembered = {
      best: this.#best,
      validation: best,
      learnedEnough: learnedEnough(),
      converged,
    };
    if (progress.step === 0 || validation?.step === progress.step) return this.#outcome(remembered);
    // Where it ends between two validations, this one is told and may leave the better weights, but the run does not
    // remember it: if continued, it would have a validation that an undisturbed run has not.
    const last = await this.#validate();
    const value = objective.valueOf(last);
    if (value === null || !objective.isBetter(value, best?.value ?? null)) return this.#outcome(remembered);
    return { ...remembered, best: undefined, validation: { ...last, value } };
  }

  /** Without another copy where the best weights are those after the last step. */
  #outcome(outcome: Outcome): Outcome {
    return outcome.validation?.step === this.progress.step ? { ...outcome, best: undefined } : outcome;
  }

  /** From one thing that needs the coordinator to the next. */
  async #stretch(): Promise<void> {
    const { workspace, progress } = this;
    let gotOn = false;
    await progress.during(async () => {
      this.#remember();
      if (this.#method) {
        await this.#method.step();
        if (this.#method.converged) this.#state = { ...this.#state, converged: true };
        gotOn = true;
        return;
      }
      const from = progress.step;
      const to = Math.min(this.#endOf(from), await this.#orders.prepare(from));
      this.#copies.release();
      // Whatever the run went back to, its validations stand.
      workspace.counters[Counter.level] = this.#state.schedule?.level ?? 1;
      this.#underWay = true;
      try {
        const stretch = workspace.supervisor.train(from, to, this.#cadence.steps, this.activeThreads);
        stretch.catch(() => {});
        // What comes next is made ready meanwhile.
        this.#orders.ahead(to);
        gotOn = (await stretch) === 'done';
        if (gotOn ? this.#copies.wholeAtRest : this.#copies.whole) this.#fetch();
        if (gotOn) return;
        this.#overflowAt = progress.step - 1;
        restore(workspace, this.#snapshot);
        await workspace.align();
      } catch (error) {
        if (!(error instanceof WorkerFailure)) throw error;
        if (this.#copies.whole) this.#fetch();
        this.#failedAt = error.step;
        workspace.failures.note(error, this.#snapshot.state.step);
        restore(workspace, this.#snapshot);
      } finally {
        this.#underWay = false;
      }
    });
    if (!gotOn) return;
    if (this.told.onStep) await this.told.onStep(stepEvent(workspace, progress, this.#rateOf));
    const isNew = this.#state.validation?.step !== progress.step;
    const isBest = progress.step % this.#between === 0 && isNew && (await this.#takeIn());
    if (this.#cadence.take(progress.step) || isBest) this.#save();
  }

  /** A validation that the run remembers. @returns whether the weights are the best so far */
  async #takeIn(): Promise<boolean> {
    const { objective } = this.workspace;
    const validation = await this.#validate();
    const value = objective.valueOf(validation);
    this.#state = { ...this.#state, validation };
    if (value === null) return false;
    const { best, improvement } = this.#state;
    const schedule = this.#watch?.(this.#state.schedule, validation.step, value, objective.sign);
    const counted = objective.count(value, improvement);
    this.#state = { ...this.#state, improvement: counted, ...(schedule && { schedule }) };
    if (!objective.isBetter(value, best?.value ?? null)) return false;
    this.#state = { ...this.#state, best: { ...validation, value } };
    this.#remember();
    const before = this.#best;
    this.#best = this.pool.hold(this.#snapshot);
    if (before) this.pool.release(before);
    return true;
  }

  /** Takes a snapshot of where the run stands. */
  #remember(): void {
    if (this.progress.step !== this.#snapshot.state.step) this.#take(this.workspace);
  }

  /** Takes the workers' copy for a snapshot, and keeps it where that is due. */
  #fetch(): void {
    this.#take(this.#copies.state);
    this.#copies.release();
    const { step } = this.#snapshot.state;
    // Where the run rests at that very step, there may be a validation to be kept with it first.
    if (step < this.progress.step && this.#cadence.take(step)) this.#keep();
  }

  #take(shared: SharedState): void {
    const begun = performance.now();
    this.pool.release(this.#snapshot);
    this.#snapshot = this.pool.take(shared, this.#state);
    this.#snapshotAt = performance.now();
    this.#snapshotMs = this.#snapshotAt - begun;
  }

  /** Keeps the state as it is now. */
  #save(): void {
    this.#remember();
    this.#keep();
  }

  #keep(): void {
    const { step, epochLoss, epochExamples } = this.#snapshot.state;
    if (this.#saved === step) return;
    this.#saved = step;
    // What is remembered may be newer than the arrays: there was a validation since.
    const state = { ...this.#state, seconds: this.progress.seconds, step, epochLoss, epochExamples };
    const saved = { ...this.pool.hold(this.#snapshot), state };
    this.keeper.save(saved, () => this.pool.release(saved));
  }

  #endOf(from: number): number {
    const nextValidation = (Math.floor(from / this.#between) + 1) * this.#between;
    const failed = this.#failedAt > from ? this.#failedAt : Number.POSITIVE_INFINITY;
    const nextStep = this.told.onStep ? from + 1 : Number.POSITIVE_INFINITY;
    return Math.min(this.progress.lastStep, nextValidation, failed, this.#overflowAt, nextStep);
  }

  /** @throws Diverged where the monitored figure is not finite */
  async #validate(): Promise<Validation> {
    const { workspace, progress, told } = this;
    const { loss, metrics, reasons } = await workspace.evaluate('validation');
    const done = told.emit({
      event: 'epoch',
      epoch: Math.ceil(progress.step / progress.stepsPerEpoch),
      step: progress.step,
      trainLoss: progress.epochLoss,
      validLoss: loss,
      validMetrics: metrics,
      ...(Object.keys(reasons).length > 0 && { reasons }),
      ...(this.rowsRead !== undefined && { rowsRead: this.rowsRead }),
      trainSeconds: progress.seconds,
      examplesPerSecond: progress.examplesPerSecond,
      learningRate: this.#rateOf(progress.step - 1, this.#state.schedule?.level),
    });
    await this.keeper.validated?.(progress.step);
    if (told.waits) await done;
    const { monitor } = workspace.objective;
    const value = workspace.objective.valueOf({ loss, metrics });
    if (value !== null && !Number.isFinite(value)) {
      this.#save();
      throw new Diverged(
        `After step ${progress.step} ${monitor === 'loss' ? 'the loss' : `"${monitor}"`} of the validation rows is ` +
          `${value}, while that of training is finite. Look for validation rows with values far larger than those of ` +
          'training; if there are none, lower optimizer.learningRate.',
      );
    }
    return { step: progress.step, loss, metrics };
  }

  /** The run stands before the step that overflows, and goes no further. */
  async #overflow(): Promise<never> {
    this.#save();
    await this.#orders.whole?.(this.#overflowAt);
    const [found] = await this.workspace.supervisor.run({ kind: 'diagnose', step: this.#overflowAt }, 1);
    throw new Diverged(advice(this.workspace.setup, found as Diagnosis));
  }
}
