/** An axis of a plot: from where to where, linear or logarithmic, and the numbers beside it. */

export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Scale extends Range {
  readonly isLog: boolean;
  /** Where a value lies, in a measure that is drawn linearly. */
  of(value: number): number;
}

/** The largest value is so many times the least, all are above 0: then a line would show the first of them alone. */
const LOG_FROM = 30;

export function scaleOf({ from, to }: Range): Scale {
  if (from > 0 && to / from >= LOG_FROM) return { from, to, isLog: true, of: Math.log10 };
  // One value alone, or values all alike, lie in the middle.
  return { from, to, isLog: false, of: (value) => value };
}

/** One label a row, from the top; empty where a row has none: round numbers, about one in three rows. */
export function axisLabels(scale: Scale, rows: number): string[] {
  const labels = Array.from({ length: rows }, () => '');
  const { from, to, of } = scale;
  if (!(to > from)) {
    labels[rows - 1 - Math.floor(rows / 2)] = labelOf(from);
    return labels;
  }
  const rowOf = (value: number) =>
    rows - 1 - Math.round(((of(value) - of(from)) / (of(to) - of(from))) * (rows - 1));
  for (const value of ticks(scale, Math.max(2, Math.floor(rows / 3)))) {
    const row = rowOf(value);
    if (row >= 0 && row < rows && labels[row] === '') labels[row] = labelOf(value);
  }
  if (labels.filter(Boolean).length < 2) {
    labels[0] = labelOf(to);
    labels[rows - 1] = labelOf(from);
  }
  return labels;
}

/** Round numbers within a range, about so many. */
function ticks({ from, to, isLog }: Scale, wanted: number): number[] {
  if (isLog) {
    const decades = Math.log10(to / from);
    const mantissas = decades > wanted ? [1] : decades > wanted / 2 ? [1, 3] : [1, 2, 5];
    const every = Math.max(1, Math.ceil(decades / (1.5 * wanted)));
    const found: number[] = [];
    for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
      if (power % every !== 0) continue;
      for (const mantissa of mantissas) found.push(mantissa * 10 ** power);
    }
    return found.filter((value) => value >= from && value <= to);
  }
  const rough = (to - from) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 5, 10].map((mantissa) => mantissa * power).find((each) => each >= 0.6 * rough) ?? 10 * power;
  const found: number[] = [];
  for (let k = Math.ceil(from / step); k * step <= to && found.length <= 2 * wanted; k++)
    found.push(k * step);
  return found;
}

function labelOf(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? rounded.toExponential() : String(rounded);
}
