/** How far a run is, how fast, and how long it still takes. */
import type { ProgressEvent } from '../protocol.js';
import { Counter } from '../shared/control.js';

/** A run's clock: it runs while there is training, and stands during validations. */
export class RunProgress {
  #before = 0;
  #seconds = 0;
  #startedAt: number | undefined;

  constructor(
    private readonly progress: Float64Array,
    private readonly epochs: number,
    private readonly trainRows: number,
    private readonly batchSize: number,
    private readonly untilStep: number,
  ) {}

  get stepsPerEpoch(): number {
    return Math.ceil(this.trainRows / this.batchSize);
  }

  get totalSteps(): number {
    return this.epochs * this.stepsPerEpoch;
  }

  /** The step that it ends with, at the latest. */
  get lastStep(): number {
    return Math.min(this.totalSteps, this.untilStep);
  }

  /** Steps done. */
  get step(): number {
    return this.progress[Counter.step];
  }

  /** Examples seen; the last minibatch of an epoch may be short. */
  get examples(): number {
    const epoch = Math.floor(this.step / this.stepsPerEpoch);
    const within = (this.step - epoch * this.stepsPerEpoch) * this.batchSize;
    return epoch * this.trainRows + Math.min(this.trainRows, within);
  }

  /** Counts seconds in that an earlier process spent on this run. */
  resume(seconds: number): void {
    this.#before = seconds;
  }

  /** Seconds spent training. */
  get seconds(): number {
    return this.#before + this.secondsHere;
  }

  /** Those of this process. */
  get secondsHere(): number {
    return this.#seconds + (this.#startedAt === undefined ? 0 : (performance.now() - this.#startedAt) / 1000);
  }

  get examplesPerSecond(): number {
    return this.seconds > 0 ? this.examples / this.seconds : 0;
  }

  /** Mean loss of the examples of the epoch under way; NaN before the first. */
  get epochLoss(): number {
    return this.progress[Counter.epochLoss] / this.progress[Counter.epochExamples];
  }

  /** Lets the clock run while `work` does. */
  async during(work: () => Promise<void>): Promise<void> {
    this.#startedAt = performance.now();
    try {
      await work();
    } finally {
      this.#seconds = this.secondsHere;
      this.#startedAt = undefined;
    }
  }

  event(): ProgressEvent {
    const { step } = this;
    const totalSteps = this.lastStep;
    return {
      event: 'progress',
      step,
      totalSteps,
      epoch: Math.min(this.epochs, Math.floor(step / this.stepsPerEpoch) + 1),
      trainLoss: this.epochLoss,
      examplesPerSecond: this.examplesPerSecond,
      secondsLeft: (this.seconds / step) * (totalSteps - step),
    };
  }
}

const KEPT_EVERY_MS = 1000;

/** Which of the many events of progress are kept with the run: one a second, where there was any. */
export class KeptProgress {
  #at: number;
  #step = -1;

  /** @param now milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {
    this.#at = now();
  }

  is({ step, trainLoss }: ProgressEvent): boolean {
    const now = this.now();
    if (now - this.#at < KEPT_EVERY_MS || step === this.#step || !Number.isFinite(trainLoss)) return false;
    this.#at = now;
    this.#step = step;
    return true;
  }
}
