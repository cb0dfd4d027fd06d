/** Where an axis has its marks. */

/** The interval from the least to the largest of the finite values, a little wider where they are all the same. */
export function extent(values: Iterable<number | null>): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > largest) largest = value;
  }
  if (least > largest) return [0, 1];
  if (least < largest) return [least, largest];
  const margin = Math.abs(least) * 0.1 || 1;
  return [least - margin, largest + margin];
}

/** About `wanted` round numbers in the interval, in steps of 1, 2 or 5 times a power of ten. */
export function ticks([from, to]: readonly [number, number], wanted = 5): number[] {
  const rough = (to - from) / wanted;
  if (!(rough > 0) || !Number.isFinite(rough)) return [from];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}
