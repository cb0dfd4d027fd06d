/**
 * What is looked at before anything runs: paths that there are not, values that no trial can have, and values that make
 * figures which cannot be compared. Values that only some of the others go with are left to their trials.
 */
import type { Config } from '../config/schema.js';
import { isUserError, shortened, UserError } from '../errors.js';
import { apartBefore } from '../history/comparable.js';
import type { Configs } from './configs.js';
import type { Sweep } from './spec.js';
import { pointsOf } from './table.js';

type Point = readonly unknown[];

/** Points of the search that are tried, spread over all of it. */
const MOST_POINTS = 64;
/** Other values, each beside a value that does not go with the usual ones. */
const MOST_OTHERS = 32;
/** Lines of an error. */
const MOST_TOLD = 5;

/** @throws UserError for the first mistakes, and where no trial could begin */
export function checkTrials(sweep: Sweep, configs: Configs): void {
  const points = spread(sweep);
  configs.checkPaths(points[0]);
  let sound: Point | undefined;
  let wrong: UserError | undefined;
  for (const point of points) {
    const found = attempt(configs, point);
    if (isUserError(found)) wrong ??= found;
    else sound ??= point;
    if (sound) break;
  }
  const told: UserError[] = [];
  for (const k of sweep.parameters.keys()) {
    for (const error of mistakesAt(sweep, configs, k, sound, points)) {
      told.push(error);
      if (told.length === MOST_TOLD) break;
    }
    if (told.length === MOST_TOLD) break;
  }
  if (told.length > 0) throw new UserError(told.map(({ message }) => message).join('\n'));
  if (sound) return;
  const some = points.length < sweep.record.search.trials ? ' that were looked at' : '';
  throw sweep.error(
    ['parameters'],
    `none of the ${points.length} trials${some} can begin: ${wrong && firstLine(wrong)}`,
  );
}

function spread(sweep: Sweep): readonly Point[] {
  const { trials } = sweep.record.search;
  const count = Math.min(MOST_POINTS, trials);
  const numbers = Array.from(
    { length: count },
    (_, k) => 1 + Math.floor((k * (trials - 1)) / (count - 1 || 1)),
  );
  return numbers.flatMap((number) => pointsOf(sweep, number, 1, []));
}

/** @param sound values that go together; undefined: none are known */
function* mistakesAt(
  sweep: Sweep,
  configs: Configs,
  k: number,
  sound: Point | undefined,
  points: readonly Point[],
): Generator<UserError> {
  const { path, list, extremes, between } = sweep.parameters[k];
  const place = ['parameters', path];
  const around = () => (sound === undefined ? points : contexts(sweep, k, sound, points));
  let isWrong = false;
  for (const [index, value] of extremes.entries()) {
    const fit = fitting(configs, k, value, around());
    if (isUserError(fit)) {
      isWrong = true;
      const what = configs.saidOf(fit.message, k, value);
      // Where nothing goes together it may be another value's doing.
      if (sound === undefined && what === undefined) continue;
      const why = what ?? firstLine(fit);
      yield sweep.error(list ? [...place, index] : place, `no trial can have ${textOf(value)}: ${why}`);
    } else if (sound !== undefined) {
      const own = attempt(configs, fit.point);
      const usual = isUserError(own) ? configs.of(sound) : own;
      const apart = apartBefore(usual, fit.config, sweep.metric);
      if (apart === undefined) continue;
      const two = `a trial with ${textOf(value)} has ${words[apart]} than one with ${textOf(fit.point[k])}`;
      yield sweep.error(
        place,
        `cannot be searched: ${two}, so their figures cannot be compared; ${remedy(apart, usual)}`,
        true,
      );
      return;
    }
  }
  if (between === undefined || isWrong) return;
  const fit = fitting(configs, k, between.value, around());
  const what = isUserError(fit) ? configs.saidOf(fit.message, k, between.value) : undefined;
  if (what === undefined) return;
  const advice = what.includes('whole number') ? `; use ${between.whole} for whole numbers` : '';
  yield sweep.error(place, `no trial can have ${between.value}: ${what}${advice}`);
}

const words = {
  rows: 'other rows to validate with',
  seed: 'other rows to validate with, as the seed draws them,',
  outputs: 'other outputs for each target',
  loss: 'another loss',
};

function remedy(apart: keyof typeof words, { data }: Config): string {
  if (apart === 'loss') return 'take a metric for the goal, such as validation accuracy';
  const { split } = data as { readonly split?: { readonly name: string } };
  const drawn = split === undefined || split.name === 'random';
  if (apart === 'seed' && drawn) return 'set data.split.seed in the base, so that all have the same rows';
  return 'leave this key out, or make a sweep for each value';
}

/** Values among which one may find its like: the sound ones, these with one other of them changed, any of the search. */
function* contexts(
  { parameters }: Sweep,
  k: number,
  sound: Point,
  points: readonly Point[],
): Generator<Point> {
  yield sound;
  let others = 0;
  for (const [j, { extremes }] of parameters.entries()) {
    for (const value of j === k ? [] : extremes) {
      if (others++ < MOST_OTHERS) yield sound.with(j, value);
    }
  }
  yield* points;
}

/** The first of some points that a value can be put into, and what comes of it; else what is wrong with the first. */
function fitting(
  configs: Configs,
  k: number,
  value: unknown,
  points: Iterable<Point>,
): { point: Point; config: Config } | UserError {
  let wrong: UserError | undefined;
  for (const point of points) {
    const config = attempt(configs, point.with(k, value));
    if (!isUserError(config)) return { point, config };
    wrong ??= config;
  }
  return wrong as UserError;
}

function attempt(configs: Configs, values: Point): Config | UserError {
  try {
    return configs.of(values);
  } catch (error) {
    if (isUserError(error)) return error;
    throw error;
  }
}

const textOf = (value: unknown) => shortened(JSON.stringify(value), 60);

/** As the sweep file has its keys. */
const firstLine = ({ message }: UserError) => message.split('\n')[0].replace(/^--set /, '');
