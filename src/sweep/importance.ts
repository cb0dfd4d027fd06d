/**
 * How much each parameter matters: the share of the variance of the trials' ranks that groups of its values explain
 * (ε², Kelley 1935: η² less what chance alone would explain). Ranks, as one trial that goes wrong says little. Groups are a
 * list's values, or fifths of the trials by a range's values. What parameters do together is not seen.
 */
import type { Parameter } from './parameter.js';

export interface ParameterImportance {
  readonly path: string;
  /** 0 to 1; null: too few trials to say. */
  readonly share: number | null;
}

/** Trials with a figure, below which nothing is said. */
const FEWEST = 8;
const GROUPS = 5;

export function importances(
  parameters: readonly Parameter[],
  trials: readonly { readonly values: readonly unknown[]; readonly value: number | null }[],
): ParameterImportance[] {
  const known = trials.flatMap(({ values, value }) => (value === null ? [] : [{ values, value }]));
  const ranks = ranksOf(known.map(({ value }) => value));
  return parameters.map((parameter, k) => {
    const groups = groupsOf(
      parameter,
      known.map(({ values }) => values[k]),
    );
    return { path: parameter.path, share: known.length < FEWEST ? null : epsilonSquared(ranks, groups) };
  });
}

/** From 1; equals share the mean of theirs. */
export function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, k) => k).sort((a, b) => values[a] - values[b]);
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let k = from; k < to; k++) ranks[order[k]] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/** The group of each value, from 0. */
function groupsOf({ list, unit }: Parameter, values: readonly unknown[]): number[] {
  if (list !== undefined) {
    const texts = list.map((value) => JSON.stringify(value));
    return values.map((value) => texts.indexOf(JSON.stringify(value)));
  }
  const ranks = ranksOf(values.map(unit));
  return ranks.map((rank) => Math.min(GROUPS - 1, Math.floor(((rank - 0.5) * GROUPS) / values.length)));
}

/** ε² = (SSB − (k − 1)·SSW/(n − k)) / SST, not below 0; null where there is nothing to compare. */
export function epsilonSquared(values: readonly number[], groups: readonly number[]): number | null {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const total = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const names = [...new Set(groups)];
  const k = names.length;
  if (total === 0 || k < 2 || n <= k) return k < 2 ? null : 0;
  let between = 0;
  for (const name of names) {
    const own = values.filter((_, i) => groups[i] === name);
    between += own.length * (own.reduce((sum, value) => sum + value, 0) / own.length - mean) ** 2;
  }
  const within = total - between;
  return Math.max(0, (between - ((k - 1) * within) / (n - k)) / total);
}
