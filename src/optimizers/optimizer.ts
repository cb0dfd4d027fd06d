/**
 * What an optimizer is: options, vectors of state, and one pure update of a slice of the parameters. Its kernel,
 * `<name>_step`, takes (theta, g, its state vectors, n, factor, rate, its scalars) in this order.
 */
import type { Options, Values } from '../options.js';

/** Numbers that a kernel takes beside the usual ones; at most `MOST_SCALARS` of them, the others are 0. */
export type Scalars = Float64Array;
export const MOST_SCALARS = 10;
/** Vectors of state that an optimizer may have. */
export const MOST_SLOTS = 3;

export interface Optimizer<O extends Options = Options> {
  /** One sentence. */
  readonly description: string;
  /** Its options, among them `learningRate` with the default that suits it. */
  readonly options: O;
  /** State vectors that its kernel takes, whatever the options; one that they do without is at offset 0. */
  readonly slotsTaken: number;
  /**
   * The names of its state vectors, each as long as the parameters and all zeros before the first step: they are kept
   * beside the parameters, and in checkpoints by these names (`momentum.layer1.weight`).
   */
  slots(options: Values<O>): readonly string[];
  /**
   * Writes the numbers that `step` needs in step number `step` of the run, from 1 on. Steps leave no garbage: this makes
   * none either.
   * @param decays whether l2 and weightDecay apply to the slice, as its tensor says or `decay: all`
   */
  scalars(options: Values<O>, step: number, decays: boolean, into: Scalars): void;
  /** What is wrong with options that are right one by one: the key, and what was expected and got. */
  problem?(options: Values<O>): { readonly key: string; readonly message: string } | undefined;
  /** Whether the whole update for a minibatch of one row may be the kernel `<name>_rank1_step`, which takes no scalars. */
  rank1?(options: Values<O>): boolean;
  /**
   * One step of `n` parameters `theta` and their state. The formula: float64, and the oracle of the kernel.
   * @param g the gradients' *sums*; `factor` times these are the averages
   * @param slots this slice's part of each state vector there is
   * @param rate the learning rate of this step
   * @param scalars as `scalars` wrote them
   * @returns whether all new parameters, and their state, are finite: an overflow need not show in any loss
   */
  step(
    theta: Float64Array,
    g: Float64Array,
    slots: readonly Float64Array[],
    n: number,
    factor: number,
    rate: number,
    scalars: Scalars,
  ): boolean;
}
