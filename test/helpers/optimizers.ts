/** Optimizers as a configuration would name them, their defaults filled in. */
import { type OptimizerName, type OptimizerSpec, optimizers } from '../../src/optimizers/index.js';
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
