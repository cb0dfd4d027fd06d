/**
 * How gradients are summed over the minibatch. What is done with the sums is another thing (update.ts), and so is what
 * comes between: the sums of other hosts (hosts.ts).
 */
import type { Engine } from '../../engines/engine.js';
import type { Offset } from '../../model/operations.js';
import type { Batch } from '../../plan/batch.js';
import type { Setup } from '../../plan/task.js';
import type { Joint } from '../joint.js';
import type { Pass } from '../pass.js';

/**
 * What is done with `n` gradient sums at `sums`, those of the parameters from index `first` on: part `part` of
 * `AveragingPlan.parts`, which is whole where gradients are clipped by their norm. Returns whether all that came of them is
 * finite.
 */
export type UseSums = (sums: Offset, first: number, n: number, part: number) => boolean;

export interface Averaging {
  /** Before the barrier: what it needs of this worker's own shards. */
  collect(batch: Batch): void;
  /**
   * After the barrier: this worker's share of the parameters' gradient sums, each piece handed to `use`.
   * @returns milliseconds spent on products, if `timed`
   */
  sum(batch: Batch, timed: boolean, use: UseSums): number;
}

/** What a worker's part of it is made from. */
export interface AveragingContext {
  readonly engine: Engine;
  readonly setup: Setup;
  readonly pass: Pass;
  /** This worker among `threads`. */
  readonly worker: number;
  readonly threads: number;
  readonly words: Int32Array;
  /** Where several hosts train together. */
  readonly joint: Joint | undefined;
}

export type CreateAveraging = (context: AveragingContext) => Averaging;
