/** What the page is of, in the form that its drawings want. */

import type { TrialResult } from '../../src/series.js';
import type { SweepPageData } from '../../src/sweep/page.js';
import { isWide, listScale, rangeScale, type Scale } from './scale.js';

export interface View {
  readonly data: SweepPageData;
  readonly metric: string;
  /** Trials with a figure, from the worst to the best. */
  readonly seen: readonly Seen[];
  readonly scales: readonly { readonly path: string; readonly scale: Scale }[];
  readonly goal: Scale;
  /** What the figures are of. */
  readonly of: string;
}

export interface Seen {
  readonly trial: TrialResult;
  /** After the first round: there all of them have learned for as long. */
  readonly figure: number;
  /** 0 for the worst, 1 for the best. */
  readonly rank: number;
}

export function viewOf(data: SweepPageData): View {
  const { result, halving, parameters } = data;
  const metric = result.goal.replace(/^validation /, '');
  const sign = result.better === 'higher' ? 1 : -1;
  const figures = result.trials.flatMap((trial) => {
    const [figure] = trial.rounds;
    return typeof figure === 'number' ? [{ trial, figure }] : [];
  });
  figures.sort((a, b) => sign * (a.figure - b.figure) || b.trial.trial - a.trial.trial);
  const values = figures.map(({ figure }) => figure);
  const of = halving ? `${result.goal} after ${halving.every}` : result.goal;
  return {
    data,
    metric,
    seen: figures.map((one, index) => ({
      ...one,
      rank: figures.length > 1 ? index / (figures.length - 1) : 1,
    })),
    scales: parameters.map(({ path, list, log }) => {
      const own = result.trials.map((trial) => trial.values[path]);
      const numbers = own.map((value) => (typeof value === 'number' ? value : null));
      return { path, scale: list ? listScale(path, list) : rangeScale(path, numbers, log) };
    }),
    goal: rangeScale(result.goal, values, isWide(values)),
    of,
  };
}

/** From the colour of the worst to that of the best. */
export const shade = (rank: number): string =>
  `color-mix(in srgb, var(--accent) ${Math.round(20 + 80 * rank)}%, var(--grid))`;
