/**
 * What a training method of its own is: one that is not a rule for each minibatch's update. It sees all training rows at
 * each step, and decides by their loss and gradient where to go; the coordinator makes its steps.
 */
import type { Options, Values } from '../options.js';

export interface Method<O extends Options = Options> {
  /** One sentence. */
  readonly description: string;
  readonly options: O;
  /**
   * The names of its state vectors, each as long as the parameters and all zeros before the first step: they are kept beside
   * the parameters, and in checkpoints by these names.
   */
  slots(options: Values<O>): readonly string[];
}
