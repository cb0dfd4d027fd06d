/**
 * Where a run is, beside its tensors: everything else that its next step, its next validation and its end depend on.
 * Orders, seeds and most learning rates follow from the step and the configuration.
 */
import type { Figures } from '../model/metrics/index.js';
import type { Watched } from '../optimizers/schedules/schedule.js';

/** The figures of the validation rows after a step; a loss of null, and no metrics, where there are no rows. */
export interface Validation {
  readonly step: number;
  readonly loss: number | null;
  readonly metrics: Figures;
}

export interface RunState {
  /** Steps done. */
  readonly step: number;
  /** Loss summed over the examples of the epoch under way, and how many these are. */
  readonly epochLoss: number;
  readonly epochExamples: number;
  /** Seconds spent training. */
  readonly seconds: number;
  /** The last validation. */
  readonly validation: Validation | null;
  /** The one with the best value of the monitored figure, the earliest of equals. */
  readonly best: (Validation & { readonly value: number }) | null;
  /** The last value that was better by more than `train.stop.minDelta`, and validations since then. */
  readonly improvement: { readonly value: number; readonly misses: number } | null;
  /** What validations have made of the learning rate; undefined where it follows from the step alone. */
  readonly schedule?: Watched;
  /** A method found that there is nothing left to be done: by a loss that did not fall, which no later step could see. */
  readonly converged?: true | undefined;
  /** Differences that --force overrode, and from which step on. */
  readonly forced: readonly { readonly step: number; readonly what: string }[];
}

/** Before the first step. */
export const beginning: RunState = {
  step: 0,
  epochLoss: 0,
  epochExamples: 0,
  seconds: 0,
  validation: null,
  best: null,
  improvement: null,
  forced: [],
};
