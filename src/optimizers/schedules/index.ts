/** The schedules of the learning rate by the names they have in a configuration: a name is its file's name. */
import { UserError } from '../../errors.js';
import { intervalOf } from '../../interval.js';
import type { Options, Values } from '../../options.js';
import { constant } from './constant.js';
import { cosine } from './cosine.js';
import { cosineRestarts } from './cosine-restarts.js';
import { exponential } from './exponential.js';
import { linear } from './linear.js';
import { oneCycle } from './one-cycle.js';
import { plateau } from './plateau.js';
import { polynomial } from './polynomial.js';
import type { InSteps, Schedule, Watched } from './schedule.js';
import { step } from './step.js';

/** With the types of their options. */
export const scheduleMembers = {
  constant,
  cosine,
  'cosine-restarts': cosineRestarts,
  step,
  exponential,
  polynomial,
  linear,
  'one-cycle': oneCycle,
  plateau,
};

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

/** Steps of the warm-up, and those after which the schedule ends, or the run where it has no end of its own. */
function extent({ warmup, length }: InSteps<Options>, steps: number): { warmup: number; end: number } {
  return {
    warmup: typeof warmup === 'number' ? warmup : 0,
    end: typeof length === 'number' ? length : steps,
  };
}

/**
 * The learning rate of each step, from 0 on: in step s of a warm-up of W steps η·(s + 1)/W, where η is
 * `optimizer.learningRate`, and after it the schedule's.
 * @param steps those of the whole run, from its first epoch to its last
 */
export function rateOf(
  setup: RateSetup,
  stepsPerEpoch: number,
  steps: number,
): (step: number, level?: number) => number {
  const { learningRate, schedule } = setup;
  const member = schedules[schedule.name];
  const options = inSteps(schedule, stepsPerEpoch);
  const { warmup, end } = extent(options, steps);
  return (step, level = 1) =>
    step < warmup
      ? (learningRate * (step + 1)) / warmup
      : member.rate(options, learningRate, step - warmup, end - warmup, level);
}

/** Before the first validation. */
const unwatched: Watched = { best: null, misses: 0, resting: 0, level: 1 };

/**
 * What validations have come to after each; undefined where the schedule does without. Those of the warm-up do not count.
 */
export function watchOf(
  spec: ScheduleSpec,
  stepsPerEpoch: number,
): ((before: Watched | undefined, step: number, value: number, sign: 1 | -1) => Watched) | undefined {
  const member = schedules[spec.name];
  if (member.after === undefined) return undefined;
  const options = inSteps(spec, stepsPerEpoch);
  const { warmup } = extent(options, 0);
  return (before = unwatched, step, value, sign) =>
    (step > warmup && member.after?.(options, before, value, sign)) || before;
}

/** Whether the schedule cannot do without validations. */
export const watches = ({ name }: ScheduleSpec): boolean => schedules[name].after !== undefined;

/** @throws UserError for lengths that do not go together in a run of so many steps */
export function checkSchedule(spec: ScheduleSpec, stepsPerEpoch: number, steps: number): void {
  const { warmup, end } = extent(inSteps(spec, stepsPerEpoch), steps);
  if (warmup <= end) return;
  const whose = 'length' in schedules[spec.name].options ? 'schedule' : 'run';
  throw new UserError(
    `optimizer.schedule.warmup: expected at most the ${whose}'s ${end} steps, got ${warmup}`,
  );
}

/**
 * The same schedule with the run's length written where it depends on it: a run that is resumed may be given more epochs only
 * where these stay the same.
 */
export function pinnedSchedule<S extends ScheduleSpec>(spec: S, epochs: number): S {
  // A record may name what this version does not have.
  if (!('length' in (schedules[spec.name]?.options ?? {}))) return spec;
  return { ...spec, length: spec.length ?? `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}` };
}
