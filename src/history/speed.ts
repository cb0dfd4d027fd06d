/** How fast a run was between the points at which it told how far it was. What it tells itself is the mean since its start. */

/** Where a run was. */
export interface Point {
  /** Rows learned from since the start, each time counted. */
  readonly examples: number;
  /** Seconds of training since the start, validations left out. */
  readonly seconds: number;
}

/**
 * Rows a second from each point to the next, at the later one.
 * @param points in their order @param from the one before the first: the start @returns as many; null where no time has passed, or a number is missing
 */
export function speeds(
  points: readonly Point[],
  from: Point = { examples: 0, seconds: 0 },
): (number | null)[] {
  let before = from;
  return points.map((point) => {
    const [examples, seconds] = [point.examples - before.examples, point.seconds - before.seconds];
    before = point;
    const speed = examples / seconds;
    return seconds > 0 && examples >= 0 && Number.isFinite(speed) ? speed : null;
  });
}

/** Of what an epoch tells. */
export function pointOf(epoch: {
  readonly trainSeconds: number;
  readonly examplesPerSecond: number | null;
}): Point {
  const { trainSeconds: seconds, examplesPerSecond } = epoch;
  return { examples: (examplesPerSecond ?? Number.NaN) * seconds, seconds };
}
