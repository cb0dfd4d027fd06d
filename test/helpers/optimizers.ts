/** Optimizers as a configuration would name them, their defaults filled in. */
import {
  type OptimizerName,
  type OptimizerSpec,
  optimizerNames,
  optimizers,
  slotsOf,
} from '../../src/optimizers/index.js';
import { type ScheduleSpec, schedules } from '../../src/optimizers/schedules/index.js';
import type { Options } from '../../src/options.js';

function filled(options: Options, given: Readonly<Record<string, unknown>>) {
  const defaults = Object.entries(options).map(([key, option]) => [key, option.default]);
  return { ...Object.fromEntries(defaults.filter(([, value]) => value !== undefined)), ...given };
}

export function scheduleOf(
  name: ScheduleSpec['name'],
  given: Readonly<Record<string, unknown>> = {},
): ScheduleSpec {
  return { name, ...filled(schedules[name].options, given) } as ScheduleSpec;
}

export function specOf(
  name: OptimizerName,
  { schedule = scheduleOf('constant'), ...given }: Readonly<Record<string, unknown>> = {},
): OptimizerSpec {
  return { name, ...filled(optimizers[name].options, { ...given, schedule }) } as OptimizerSpec;
}

/** Every optimizer as it comes, and with each way of its own: by what a test calls them. */
export const optimizerCases: readonly (readonly [title: string, spec: OptimizerSpec])[] = [
  ...optimizerNames.map((name) => [name, specOf(name)] as const),
  ...optimizerNames.map(
    (name) => [`${name} l2 weightDecay`, specOf(name, { l2: 0.25, weightDecay: 0.125 })] as const,
  ),
  ['sgd momentum', specOf('sgd', { momentum: 0.9 })],
  ['sgd nesterov', specOf('sgd', { momentum: 0.9, nesterov: true })],
  ['sgd momentum l2', specOf('sgd', { momentum: 0.9, l2: 0.25 })],
  ['sgd nesterov weightDecay', specOf('sgd', { momentum: 0.9, nesterov: true, weightDecay: 0.125 })],
  ['rmsprop momentum', specOf('rmsprop', { momentum: 0.9 })],
  ['rmsprop centered', specOf('rmsprop', { centered: true, epsilon: 0.01 })],
  ['rmsprop centered momentum', specOf('rmsprop', { centered: true, momentum: 0.9, epsilon: 0.01 })],
];

/** State that an optimizer may be in: sums and means of squares are well above the square of a mean. */
export function stateOf(spec: OptimizerSpec, draw: (name: string) => Float64Array): Float64Array[] {
  const mean = draw('m');
  return slotsOf(spec).map((name) => {
    if (['m', 'mean'].includes(name)) return mean;
    if (name === 'momentum') return draw(name);
    return draw(name).map((value, k) => Math.fround(value * value + 2 * mean[k] * mean[k] + 0.1));
  });
}
