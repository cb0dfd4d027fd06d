/** What there is to say of a column's values: for tables that people read, and for guesses. */
import type { Column } from './column.js';

/** Of the rows that have a value. */
export interface Statistics {
  /** Rows without a value. */
  readonly missing: number;
  /** Different values. */
  readonly distinct: number;
  /** Of numbers, and of dates in milliseconds since 1970; undefined without any value. */
  readonly numbers?: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    /** Standard deviation over n, as the scale `standard` has it. */
    readonly sd: number;
  };
  /** Values and how many rows have them, the most frequent first and of several the first by code point; of categories all, of numbers those of at most `MOST_COUNTED` different ones. */
  readonly counts?: readonly (readonly [value: string, rows: number])[];
}

/** Numbers of more different values than these are not counted one by one. */
export const MOST_COUNTED = 100;

export function statisticsOf(column: Column): Statistics {
  if (column.type === 'category') {
    const each = new Float64Array(column.names.length);
    let missing = 0;
    for (const code of column.codes) {
      if (code < 0) missing++;
      else each[code]++;
    }
    const counts = column.names.map((name, code) => [name, each[code]] as const);
    return { missing, distinct: counts.length, counts: counts.sort(byFrequency) };
  }
  const values = column.values.filter((value) => !Number.isNaN(value)).sort();
  const missing = column.values.length - values.length;
  if (values.length === 0) return { missing, distinct: 0 };
  const counts: [string, number][] = [];
  let distinct = 0;
  for (let from = 0; from < values.length; ) {
    let to = from + 1;
    while (to < values.length && values[to] === values[from]) to++;
    if (distinct++ < MOST_COUNTED) counts.push([String(values[from]), to - from]);
    from = to;
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const numbers = {
    min: values[0],
    max: values[values.length - 1],
    mean,
    sd: Math.sqrt(squares / values.length),
  };
  return {
    missing,
    distinct,
    numbers,
    ...(distinct <= MOST_COUNTED && { counts: counts.sort(byFrequency) }),
  };
}

const byFrequency = (a: readonly [string, number], b: readonly [string, number]) =>
  b[1] - a[1] || Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0]));
