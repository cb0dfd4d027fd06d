/** The optimizers by the names they have in a configuration: a name is its file's name. */
import type { Options, Values } from '../options.js';
import { adadelta } from './adadelta.js';
import { adagrad } from './adagrad.js';
import { adam } from './adam.js';
import { adamw } from './adamw.js';
import { lion } from './lion.js';
import { nadam } from './nadam.js';
import type { Optimizer } from './optimizer.js';
import { rmsprop } from './rmsprop.js';
import type { ScheduleSpec } from './schedules/index.js';
import { sgd } from './sgd.js';

/** With the types of their options. */
export const optimizerMembers = { sgd, adam, adamw, rmsprop, adagrad, adadelta, nadam, lion };

export const defaultOptimizer = 'sgd';

export type OptimizerName = keyof typeof optimizerMembers;
export const optimizers: Readonly<Record<OptimizerName, Optimizer>> = optimizerMembers;
export const optimizerNames = Object.keys(optimizers) as OptimizerName[];

/** An optimizer as a configuration names it, every default filled in: plain data, which is posted to workers. */
export type OptimizerSpec = Values<Options> & {
  readonly name: OptimizerName;
  readonly learningRate: number;
  readonly decay: 'weights' | 'all';
  readonly schedule: ScheduleSpec;
};

/** The names of an optimizer's state vectors. */
export function slotsOf(spec: OptimizerSpec): readonly string[] {
  return optimizers[spec.name].slots(spec);
}
