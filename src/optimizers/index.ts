/** The optimizers by the names they have in a configuration: a name is its file's name. */
import type { Optimizer } from './optimizer.js';
import { sgd } from './sgd.js';

export const optimizers = { sgd } satisfies Record<string, Optimizer>;

export type OptimizerName = keyof typeof optimizers;
