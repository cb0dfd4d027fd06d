/** Numbers as events hold them: short, and counted into bins. */
import type { Histogram } from '../../insights.js';

const BINS = 40;
/** Values that are counted one by one; of more, so many at the same distance from each other. */
const MOST_VALUES = 2 ** 20;

/** To so many digits: what is drawn needs no more, and lines of JSON stay short. */
export const short = (value: number, digits = 5): number => Number(value.toPrecision(digits));

/** The nearest number that JSON can hold; what is none counts as the largest. */
export function finite(value: number): number {
  if (Number.isNaN(value)) return Number.MAX_VALUE;
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
}

/** Counts of values in 40 bins from the least to the largest; one bin where all are the same. */
export function histogram(values: ArrayLike<number>): Histogram {
  const step = Math.max(1, Math.ceil(values.length / MOST_VALUES));
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  let odd = 0;
  for (let k = 0; k < values.length; k += step) {
    const value = values[k];
    if (!Number.isFinite(value)) odd++;
    else {
      if (value < from) from = value;
      if (value > to) to = value;
    }
  }
  if (from > to) return { from: 0, to: 0, counts: [], odd };
  const bins = from === to ? 1 : BINS;
  const counts = new Array<number>(bins).fill(0);
  // Halves first: the difference of two large numbers may be none.
  const width = to / bins - from / bins;
  for (let k = 0; k < values.length; k += step) {
    const value = values[k];
    if (!Number.isFinite(value)) continue;
    const bin = width > 0 ? Math.floor((value - from) / width) : 0;
    counts[Math.min(bins - 1, Math.max(0, bin))]++;
  }
  return { from, to, counts, odd };
}

/** At most `most` numbers from 0 up to below n, evenly spaced. */
export function spaced(n: number, most: number): number[] {
  const count = Math.min(n, most);
  return Array.from({ length: count }, (_, k) => Math.floor((k * n) / count));
}
