/** The losses by the names they have in a configuration: a name is its file's name. */
import { binaryCrossEntropy } from './binary-cross-entropy.js';
import { crossEntropy } from './cross-entropy.js';
import type { Loss } from './loss.js';
import { meanSquaredError } from './mean-squared-error.js';

/** With the types of their options. */
export const lossMembers = {
  'binary-cross-entropy': binaryCrossEntropy,
  'cross-entropy': crossEntropy,
  'mean-squared-error': meanSquaredError,
};

export type LossName = keyof typeof lossMembers;
export const losses: Readonly<Record<LossName, Loss>> = lossMembers;
export const lossNames = Object.keys(losses) as LossName[];

/** A loss as a run is set up with it: its name and the values of its options. */
export interface LossSpec {
  readonly name: LossName;
  readonly [option: string]: unknown;
}
