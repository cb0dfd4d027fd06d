/** Where values lie on an axis from 0 to 1, and its marks: of lists, of ranges, of ranges even in their logarithm. */
import { extent, ticks } from '../kit/axis.js';
import { figure } from '../kit.js';

export interface Scale {
  readonly label: string;
  /** undefined: it has no place there. */
  at(value: unknown): number | undefined;
  readonly marks: readonly Mark[];
  /** What stands at its ends, of a range. */
  readonly ends: readonly Mark[];
}

interface Mark {
  readonly at: number;
  readonly text: string;
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
    ends: [],
  };
}

/** Of a logarithmic axis with a 0: the part of it that lies between that, at its edge, and the least of the others. */
const ZERO_SHARE = 0.1;

/** @param values those that are to be seen; of a logarithmic axis 0 is at its edge */
export function rangeScale(label: string, values: readonly (number | null)[], log: boolean): Scale {
  const seen = values.filter((value): value is number => value !== null && (!log || value > 0));
  const way = (value: number) => (log ? Math.log10(value) : value);
  const [from, to] = extent(seen.map(way));
  const hasZero = log && values.includes(0);
  const least = hasZero ? ZERO_SHARE : 0;
  const at = (value: unknown) => {
    if (typeof value !== 'number' || (log && value < 0)) return undefined;
    return log && value === 0 ? 0 : least + ((1 - least) * (way(value) - from)) / (to - from);
  };
  const round = ticks([from, to]);
  // Powers of ten where there are some; else round numbers, wherever they lie.
  const whole = round.filter((value) => Number.isInteger(value));
  const marked = log
    ? whole.length >= 2
      ? whole.map((value) => 10 ** value)
      : ticks([10 ** from, 10 ** to])
    : round;
  const markOf = (value: number): Mark => ({ at: at(value) ?? 0, text: figure(value) });
  const back = (value: number) => (log ? 10 ** value : value);
  const ends = [...(hasZero ? [0] : []), back(from), back(to)].map(markOf);
  return { label, at, marks: [...(hasZero ? [markOf(0)] : []), ...marked.map(markOf)], ends };
}

/** Whether values so far apart are to be seen by their logarithm: none below 0; one of 0 has its place beside it. */
export function isWide(values: readonly (number | null)[]): boolean {
  const seen = values.filter((value): value is number => value !== null && value !== 0);
  const least = Math.min(...seen);
  return least > 0 && Math.max(...seen) / least > 20;
}
