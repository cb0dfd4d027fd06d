/** The vectors that a run keeps beside the parameters, each as long as they are, by their names in checkpoints. */
import { type MethodSpec, type OptimizerSpec, slotsOf } from '../optimizers/index.js';

/** What they follow from: the optimizer's own, and at last the averages of the weights, where a run has them. */
export interface StateSetup {
  readonly optimizer: OptimizerSpec;
  /** What trains in place of its updates. */
  readonly method?: MethodSpec | undefined;
  /** The moving average of the weights. */
  readonly ema?: { readonly decay: number } | undefined;
}

export function stateOf({ optimizer, method, ema }: StateSetup): readonly string[] {
  const slots = slotsOf(optimizer, method);
  return ema === undefined ? slots : [...slots, 'ema'];
}
