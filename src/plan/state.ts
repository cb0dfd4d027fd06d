/** The vectors that a run keeps beside the parameters, each as long as they are, by their names in checkpoints. */
import { type OptimizerSpec, slotsOf } from '../optimizers/index.js';

/** What they follow from: the optimizer's own, and at last the averages of the weights, where a run has them. */
export interface StateSetup {
  readonly optimizer: OptimizerSpec;
  /** The moving average of the weights. */
  readonly ema?: { readonly decay: number } | undefined;
}

export function stateOf({ optimizer, ema }: StateSetup): readonly string[] {
  return ema === undefined ? slotsOf(optimizer) : [...slotsOf(optimizer), 'ema'];
}
