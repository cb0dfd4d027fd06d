/** Durations as configurations write them: a whole number and a unit. The only place that knows the units. */

/** What an interval may look like, for those that count steps alone and those that may also go by the clock. */
export const INTERVAL_PATTERN = {
  steps: /^[1-9]\d{0,8} (epochs?|steps?)$/,
  'steps or time': /^[1-9]\d{0,8} (epochs?|steps?|s|min|h)$/,
} as const;

const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600 };

export interface Interval {
  /** Steps; Infinity where the clock decides. */
  readonly steps: number;
  /** Milliseconds; Infinity where the steps decide. */
  readonly milliseconds: number;
}

/** @param text such as `1 epoch`, `500 steps`, `30 s`, `5 min`, `1 h` */
export function intervalOf(text: string, stepsPerEpoch: number): Interval {
  const [count, unit] = text.split(' ');
  const seconds = SECONDS[unit];
  const perUnit = unit.startsWith('epoch') ? stepsPerEpoch : 1;
  return seconds === undefined
    ? { steps: Number(count) * perUnit, milliseconds: Number.POSITIVE_INFINITY }
    : { steps: Number.POSITIVE_INFINITY, milliseconds: Number(count) * seconds * 1000 };
}
