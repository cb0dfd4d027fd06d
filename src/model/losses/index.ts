/** The losses by the names they have in a configuration: a name is its file's name. */
import { binaryCrossEntropy } from './binary-cross-entropy.js';
import { crossEntropy } from './cross-entropy.js';
import type { Loss } from './loss.js';
import { meanSquaredError } from './mean-squared-error.js';

export const losses = {
  'binary-cross-entropy': binaryCrossEntropy,
  'cross-entropy': crossEntropy,
  'mean-squared-error': meanSquaredError,
} satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;
export const lossNames = Object.keys(losses) as LossName[];

/** A loss as a run is set up with it: its name and the values of its options. */
export interface LossSpec {
  readonly name: LossName;
  readonly [option: string]: unknown;
}
