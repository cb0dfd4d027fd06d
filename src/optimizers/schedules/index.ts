/** The schedules of the learning rate by the names they have in a configuration: a name is its file's name. */
import { UserError } from '../../errors.js';
import { intervalOf } from '../../interval.js';
import type { Options, Values } from '../../options.js';
import { constant } from './constant.js';
import { cosine } from './cosine.js';
import type { InSteps, Schedule } from './schedule.js';

/** With the types of their options. */
export const scheduleMembers = { constant, cosine };

export type ScheduleName = keyof typeof scheduleMembers;
export const schedules: Readonly<Record<ScheduleName, Schedule>> = scheduleMembers;
export const scheduleNames = Object.keys(schedules) as ScheduleName[];

/** A schedule as a configuration names it, every default filled in. */
export type ScheduleSpec = { readonly name: ScheduleName } & Values<Options>;

/** A run's learning rate: what it depends on. */
export interface RateSetup {
  readonly learningRate: number;
  readonly schedule: ScheduleSpec;
}

/** The options with their intervals in steps. */
function inSteps(spec: ScheduleSpec, stepsPerEpoch: number): InSteps<Options> {
  const values: Record<string, unknown> = { ...spec };
  for (const [key, { type }] of Object.entries(schedules[spec.name].options)) {
    const value = values[key];
    if (type === 'interval' && value !== undefined)
      values[key] = intervalOf(String(value), stepsPerEpoch).steps;
  }
  return values as InSteps<Options>;
}

/**
 * The learning rate of each step, from 0 on.
 * @param steps those of the whole run, from its first epoch to its last
 */
export function rateOf(setup: RateSetup, stepsPerEpoch: number, steps: number): (step: number) => number {
  const { learningRate, schedule } = setup;
  const member = schedules[schedule.name];
  const options = inSteps(schedule, stepsPerEpoch);
  return (step) => member.rate(options, learningRate, step, steps);
}

/** @throws UserError for lengths that do not go together in a run of so many steps */
export function checkSchedule(spec: ScheduleSpec, stepsPerEpoch: number, steps: number): void {
  const problem = schedules[spec.name].problemIn?.(inSteps(spec, stepsPerEpoch), steps);
  if (problem) throw new UserError(`optimizer.schedule.${problem.key}: ${problem.message}`);
}

/** The same schedule with the run's length written where it depends on it. */
export function pinnedSchedule<S extends ScheduleSpec>(spec: S, epochs: number): S {
  const length = `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`;
  const { pinned } = schedules[spec.name];
  return pinned === undefined ? spec : { ...spec, ...pinned(spec, length) };
}
