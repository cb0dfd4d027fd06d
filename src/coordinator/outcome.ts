/** Where training begins, and what it comes to: types. */
import type { RunState, Validation } from '../runs/state.js';
import type { Snapshot } from './snapshots.js';

/** Where a run begins or goes on. */
export interface Start {
  readonly state: RunState;
  /** The best weights so far, for whoever trains to release; undefined: there was no validation yet. */
  readonly best: Snapshot | undefined;
}

/** What training has come to. */
export interface Outcome {
  /** The weights that are left: undefined where they are those after the last step. */
  readonly best: Snapshot | undefined;
  /** The figures of the weights that are left, and their value of the monitored one; null where nothing was validated. */
  readonly validation: (Validation & { readonly value: number }) | null;
  /** Whether `train.stop` ended the run, or a method that had converged. */
  readonly learnedEnough: boolean;
  readonly converged: boolean;
}
