/** What is wrong between the values that say how to train, which are right one by one. */
import { isDeepStrictEqual } from 'node:util';
import { type ScheduleSpec, schedules } from '../optimizers/schedules/index.js';
import type { Spec } from '../options.js';
import type { Path } from './yaml.js';

export interface Wrong {
  readonly path: Path;
  /** What was expected, what came, and what to do. */
  readonly message: string;
}

/** What is looked at; a training method has no rate, and so no schedule of it. */
export interface Training {
  readonly optimizer: Spec & {
    readonly learningRate?: number;
    readonly weightDecay?: number;
    readonly schedule?: ScheduleSpec;
  };
  readonly train: { readonly validate?: { readonly metrics?: readonly Spec[] | undefined } };
}

/** A schedule that is to fall to a rate above the one that it falls from. */
export function* wrongRates({ optimizer: { learningRate, schedule } }: Training): Generator<Wrong> {
  if (learningRate === undefined || schedule === undefined) return;
  const { lowest } = schedules[schedule.name];
  if (lowest === undefined || !(Number(schedule[lowest]) > learningRate)) return;
  yield {
    path: ['optimizer', 'schedule', lowest],
    message:
      `expected at most optimizer.learningRate, ${learningRate}, since "${schedule.name}" falls from there, got ` +
      `${schedule[lowest]}; a rate that rises is a warmup, "one-cycle", or "exponential" with a factor above 1`,
  };
}

/** Decoupled decay that turns weights over at each step: θ(1 − ηλ) where ηλ is above 1. */
export function* wrongDecay({
  optimizer: { learningRate = 0, weightDecay = 0 },
}: Training): Generator<Wrong> {
  const product = learningRate * weightDecay;
  if (!(product > 1)) return;
  yield {
    path: ['optimizer', 'weightDecay'],
    message:
      `expected at most 1/optimizer.learningRate, ${1 / learningRate}, got ${weightDecay}: each step multiplies weights by 1 − ` +
      `learningRate · weightDecay, which is ${1 - product}`,
  };
}

/** Figures are told by their names: one that is asked for twice alike is a slip, and would be left out. */
export function* metricsTwice({ train: { validate } }: Training): Generator<Wrong> {
  const metrics = validate?.metrics ?? [];
  for (const [place, metric] of metrics.entries()) {
    if (metrics.findIndex((other) => isDeepStrictEqual(other, metric)) === place) continue;
    yield {
      path: ['train', 'validate', 'metrics', place],
      message: `expected each metric once, got "${metric.name}" twice; leave one out`,
    };
  }
}
