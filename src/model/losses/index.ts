/** The losses by the names they have in a configuration: a name is its file's name. */
import { binaryCrossEntropy } from './binary-cross-entropy.js';
import { crossEntropy } from './cross-entropy.js';
import type { Loss } from './loss.js';
import { meanSquaredError } from './mean-squared-error.js';

const members = {
  'binary-cross-entropy': binaryCrossEntropy,
  'cross-entropy': crossEntropy,
  'mean-squared-error': meanSquaredError,
} satisfies Record<string, Loss>;

export type LossName = keyof typeof members;
export const losses: Readonly<Record<LossName, Loss>> = members;
export const lossNames = Object.keys(losses) as LossName[];
