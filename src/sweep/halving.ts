/** Successive halving (Jamieson and Talwalkar 2016): who goes on. Looks at all trials of a round, in their order. */

/** A trial and its figure at the end of the round; null: it has none. */
export interface Ranked {
  readonly trial: number;
  readonly value: number | null;
}

/** From the best to the worst: of equals the earlier first, those without a figure last. */
export function ranking<T extends Ranked>(trials: readonly T[], better: 'higher' | 'lower'): T[] {
  const sign = better === 'higher' ? -1 : 1;
  const cost = ({ value }: T) => (value === null ? Number.POSITIVE_INFINITY : sign * value);
  return [...trials].sort((a, b) => (cost(a) === cost(b) ? a.trial - b.trial : cost(a) < cost(b) ? -1 : 1));
}

/** The best `keep` of them, at least one, in the order of trials. */
export function survivors<T extends Ranked>(
  trials: readonly T[],
  better: 'higher' | 'lower',
  keep: number,
): T[] {
  // So that a third of three is one.
  const count = Math.max(1, Math.floor(trials.length * keep * (1 + 1e-12)));
  return ranking(trials, better)
    .slice(0, count)
    .sort((a, b) => a.trial - b.trial);
}

/** How long a trial of the round `round`, from 1, has learned at its end, e.g. `6 epochs`. */
export function untilOf(every: string, round: number): string {
  const [count, unit] = every.split(' ');
  const all = Number(count) * round;
  return `${all} ${unit.replace(/s$/, '')}${all === 1 ? '' : 's'}`;
}
