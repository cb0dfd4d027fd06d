/** Fewer points of a curve that looks the same. */

/**
 * The first and the last point, and of each of equally many stretches those with the least and the largest value: peaks
 * stay, whatever lies between them. All are points that were there.
 * @param most about so many are left, at least 4 @returns the same where there are no more than that
 */
export function thinned<Point>(
  points: readonly Point[],
  of: (point: Point) => number,
  most: number,
): readonly Point[] {
  if (points.length <= most) return points;
  const stretches = Math.floor((most - 2) / 2);
  const kept = new Set([0, points.length - 1]);
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * points.length) / stretches);
    const to = Math.floor(((stretch + 1) * points.length) / stretches);
    let least = from;
    let largest = from;
    for (let index = from + 1; index < to; index++) {
      const value = of(points[index]);
      if (value < of(points[least])) least = index;
      if (value > of(points[largest])) largest = index;
    }
    kept.add(least).add(largest);
  }
  return [...kept].sort((a, b) => a - b).map((index) => points[index]);
}
