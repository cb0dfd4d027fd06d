/**
 * What an optimizer is: a pure update of a slice of the parameters. Each returns whether the new parameters are
 * finite, as a gradient that overflowed need not show in any loss.
 */
import type { Engine, Offset } from '../engines/engine.js';

export interface Optimizer {
  /** State values a parameter needs (momentum 1, Adam 2); kept beside the parameters in shared memory. */
  readonly slots: number;
  /**
   * θ ← θ − …, for `n` parameters at `theta` with their averaged gradients at `g`.
   * @param state where this slice's values of each slot lie
   * @param rate the learning rate of this step
   */
  step(engine: Engine, theta: Offset, g: Offset, state: readonly Offset[], n: number, rate: number): boolean;
  /** Where it has one: `step` on the gradient factor · g, in one pass over memory. The same bits as scale and `step`. */
  readonly scaledStep?: (
    engine: Engine,
    theta: Offset,
    g: Offset,
    state: readonly Offset[],
    n: number,
    factor: number,
    rate: number,
  ) => boolean;
  /**
   * Where it has one: the whole update for a minibatch of one example, in which no gradient is stored.
   * The same bits as `step`. Its verdict holds if the parameters were finite before.
   */
  readonly rank1Step?: (
    engine: Engine,
    x: Offset,
    delta: Offset,
    w: Offset,
    b: Offset,
    inputs: number,
    units: number,
    rate: number,
  ) => boolean;
}
