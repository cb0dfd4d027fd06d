/** When a checkpoint is due. */
import { intervalOf } from '../interval.js';

export class Cadence {
  /** Steps between two; Infinity where the clock decides. */
  readonly steps: number;
  /** Milliseconds between two; Infinity where the steps decide. */
  readonly #milliseconds: number;
  #last: number;

  /** @param every as in a configuration: `1 epoch`, `500 steps`, `30 s`, `5 min`, `1 h` */
  constructor(
    every: string,
    stepsPerEpoch: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    const { steps, milliseconds } = intervalOf(every, stepsPerEpoch);
    this.steps = steps;
    this.#milliseconds = milliseconds;
    this.#last = now();
  }

  /** Whether the clock says that one is due. */
  get overdue(): boolean {
    return this.now() - this.#last >= this.#milliseconds;
  }

  /** Whether one is due after `step`, and if so counts it as made. */
  take(step: number): boolean {
    const due = this.overdue || step % this.steps === 0;
    if (due) this.#last = this.now();
    return due;
  }
}
