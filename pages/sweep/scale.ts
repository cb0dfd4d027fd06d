/** Where values lie on an axis from 0 to 1, and its marks: of lists, of ranges, of ranges even in their logarithm. */
import { extent, ticks } from '../kit/axis.js';
import { figure } from '../kit.js';

export interface Scale {
  readonly label: string;
  /** undefined: it has no place there. */
  at(value: unknown): number | undefined;
  readonly marks: readonly { readonly at: number; readonly text: string }[];
}

const MOST_MARKS = 12;
const MOST_LETTERS = 16;

export function textOf(value: unknown): string {
  if (typeof value === 'number') return figure(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const cut = (text: string) => (text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text);

export function listScale(label: string, list: readonly unknown[]): Scale {
  const texts = list.map((value) => JSON.stringify(value));
  const every = Math.ceil(list.length / MOST_MARKS);
  return {
    label,
    at(value) {
      const index = texts.indexOf(JSON.stringify(value));
      return index < 0 ? undefined : (index + 0.5) / list.length;
    },
    marks: list.flatMap((value, index) =>
      index % every === 0 ? [{ at: (index + 0.5) / list.length, text: cut(textOf(value)) }] : [],
    ),
  };
}

/** @param values those that are to be seen */
export function rangeScale(label: string, values: readonly (number | null)[], log: boolean): Scale {
  const seen = values.filter((value): value is number => value !== null && (!log || value > 0));
  const way = (value: number) => (log ? Math.log10(value) : value);
  const [from, to] = extent(seen.map(way));
  const at = (value: unknown) =>
    typeof value !== 'number' || (log && value <= 0) ? undefined : (way(value) - from) / (to - from);
  const round = ticks([from, to]);
  // Powers of ten where there are some; else round numbers, wherever they lie.
  const whole = round.filter((value) => Number.isInteger(value));
  const marked = log
    ? whole.length >= 2
      ? whole.map((value) => 10 ** value)
      : ticks([10 ** from, 10 ** to])
    : round;
  return { label, at, marks: marked.map((value) => ({ at: at(value) ?? 0, text: figure(value) })) };
}

/** Whether values so far apart are to be seen by their logarithm. */
export function isWide(values: readonly (number | null)[]): boolean {
  const seen = values.filter((value): value is number => value !== null);
  const least = Math.min(...seen);
  return least > 0 && Math.max(...seen) / least > 20;
}
