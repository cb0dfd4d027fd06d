/**
 * Tree-structured Parzen estimators, each parameter for itself (Bergstra, Bardenet, Bengio and Kégl 2011): where good trials
 * were denser than the others, the next ones are tried. The first trials are random, as are those of the first round.
 */
import { erf } from '../../model/erf.js';
import { keyed, type Random } from '../../random.js';
import type { Parameter } from '../parameter.js';
import { random } from './random.js';
import type { Search, Tried } from './search.js';

/** So many trials must be known first. */
const START = 10;
/** Good are a tenth of the trials, at most so many. */
const GOOD = 0.1;
const MOST_GOOD = 25;
/** Values that are drawn from where good trials are, of which the one is taken that the others are farthest from. */
const CANDIDATES = 24;

export const tpe: Search = {
  description: 'Learns from earlier rounds where good trials are (tree-structured Parzen estimators).',
  learns: true,
  point(spec, parameters, number, tried) {
    if (tried.length < START) return random.point(spec, parameters, number, tried);
    // Of equals the earlier is the better: sorting keeps their order.
    const sorted = [...tried].sort((a, b) => (a.cost === b.cost ? 0 : a.cost - b.cost));
    const count = Math.min(MOST_GOOD, Math.ceil(GOOD * sorted.length));
    const [good, others] = [sorted.slice(0, count), sorted.slice(count)];
    return parameters.map((parameter, k) => {
      const draw = keyed(spec.seed, 'sweep', number, parameter.path, 'tpe');
      const of = (some: readonly Tried[]) => some.map(({ values }) => values[k]);
      return parameter.list
        ? chosen(parameter.list, of(good), of(others), draw)
        : placed(parameter, of(good), of(others), draw);
    });
  },
};

/** Of a list: how often each value was there, and once more, as if each had been tried once. */
function chosen(
  list: readonly unknown[],
  good: readonly unknown[],
  others: readonly unknown[],
  draw: Random,
): unknown {
  const texts = list.map((value) => JSON.stringify(value));
  const shares = (values: readonly unknown[]) => {
    const counts = texts.map(() => 1 / texts.length);
    for (const value of values) counts[texts.indexOf(JSON.stringify(value))] += 1;
    return counts.map((count) => count / (values.length + 1));
  };
  const [near, far] = [shares(good), shares(others)];
  const picks = Array.from({ length: CANDIDATES }, () => {
    const u = draw.uniform();
    let sum = 0;
    const k = near.findIndex((share) => {
      sum += share;
      return u < sum;
    });
    return k < 0 ? near.length - 1 : k;
  });
  return list[best(picks, (k) => Math.log(near[k] / far[k]))];
}

/** Of a range: a mixture of normal distributions on [0, 1], one at each trial and a broad one in the middle. */
function placed(
  { unit, value }: Parameter,
  good: readonly unknown[],
  others: readonly unknown[],
  draw: Random,
): unknown {
  const near = mixture(good.map(unit));
  const far = mixture(others.map(unit));
  const candidates = Array.from({ length: CANDIDATES }, () => sample(near, draw));
  return value(
    Math.min(
      1 - 2 ** -53,
      best(candidates, (u) => logDensity(near, u) - logDensity(far, u)),
    ),
  );
}

interface Component {
  readonly mean: number;
  readonly sd: number;
  /** How much of it lies between 0 and 1. */
  readonly inside: number;
}

/** Each as wide as the wider of the gaps to its neighbours, or the ends; none narrower than the more trials, the less. */
function mixture(units: readonly number[]): readonly Component[] {
  const means = [...units, 0.5].sort((a, b) => a - b);
  const least = 1 / Math.min(100, 1 + means.length);
  const prior = means.indexOf(0.5);
  return means.map((mean, k) => {
    const below = mean - (means[k - 1] ?? 0);
    const above = (means[k + 1] ?? 1) - mean;
    const sd = k === prior ? 1 : Math.min(1, Math.max(least, below, above));
    return { mean, sd, inside: normalBelow((1 - mean) / sd) - normalBelow(-mean / sd) };
  });
}

const normalBelow = (z: number) => (1 + erf(z / Math.SQRT2)) / 2;

function logDensity(components: readonly Component[], u: number): number {
  let sum = 0;
  for (const { mean, sd, inside } of components) {
    const z = (u - mean) / sd;
    sum += Math.exp(-0.5 * z * z) / (sd * inside);
  }
  return Math.log(sum / components.length);
}

/** One of the components, drawn until it falls inside: some third of it always does. */
function sample(components: readonly Component[], draw: Random): number {
  const { mean, sd } = components[draw.below(components.length)];
  for (;;) {
    const u = mean + sd * draw.normal();
    if (u >= 0 && u < 1) return u;
  }
}

/** The first of those that score highest. */
function best<T>(candidates: readonly T[], score: (candidate: T) => number): T {
  let [found] = candidates;
  let highest = score(found);
  for (const each of candidates) {
    const own = score(each);
    if (own > highest) [found, highest] = [each, own];
  }
  return found;
}
