/** The optimizers by the names they have in a configuration: a name is its file's name. */
import { defaultsOf, type Options, type Values } from '../options.js';
import { adadelta } from './adadelta.js';
import { adagrad } from './adagrad.js';
import { adam } from './adam.js';
import { adamw } from './adamw.js';
import { lbfgs } from './lbfgs.js';
import { lion } from './lion.js';
import type { Method } from './method.js';
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

/** Training methods of their own, which configurations name as optimizers. */
export const methodMembers = { lbfgs };
type MethodName = keyof typeof methodMembers;
const methods: Readonly<Record<MethodName, Method>> = methodMembers;

export const isMethod = (name: string): name is MethodName => Object.hasOwn(methodMembers, name);

/** A method as a configuration names it, every default filled in. */
export type MethodSpec = Values<Options> & { readonly name: MethodName };

/** What workers know of the optimizer of a run that a method trains: they make no update. */
const noUpdate = (): OptimizerSpec => ({
  ...(defaultsOf(optimizerMembers[defaultOptimizer].options) as Values<Options>),
  name: defaultOptimizer,
  learningRate: 1,
  decay: 'weights',
  schedule: { name: 'constant' },
});

const isMethodSpec = (spec: OptimizerSpec | MethodSpec): spec is MethodSpec => isMethod(spec.name);

/** A configuration's optimizer: the rule of its updates, or the method that trains in their place. */
export function ruleOf(spec: OptimizerSpec | MethodSpec): {
  readonly optimizer: OptimizerSpec;
  readonly method?: MethodSpec;
} {
  return isMethodSpec(spec) ? { optimizer: noUpdate(), method: spec } : { optimizer: spec };
}

/** The names of the state vectors of an optimizer, or of the method that trains in its place. */
export function slotsOf(optimizer: OptimizerSpec, method?: MethodSpec): readonly string[] {
  return method ? methods[method.name].slots(method) : optimizers[optimizer.name].slots(optimizer);
}
