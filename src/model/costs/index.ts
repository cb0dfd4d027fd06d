/** The costs by the names they have in a configuration: a name is its file's name. */
import { binaryCrossEntropy } from './binary-cross-entropy.js';
import type { Cost } from './cost.js';
import { crossEntropy } from './cross-entropy.js';
import { meanSquaredError } from './mean-squared-error.js';

export const costs = {
  'binary-cross-entropy': binaryCrossEntropy,
  'cross-entropy': crossEntropy,
  'mean-squared-error': meanSquaredError,
} satisfies Record<string, Cost>;

export type CostName = keyof typeof costs;
export const costNames = Object.keys(costs) as CostName[];
