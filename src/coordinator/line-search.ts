/**
 * A line search that ends at a point which satisfies the strong Wolfe conditions: f(a) ≤ f(0) + c₁a f′(0) and
 * |f′(a)| ≤ c₂|f′(0)| (Nocedal and Wright 2006, algorithms 3.5 and 3.6, with cubic interpolation).
 */

/** A point on the line. */
export interface Point {
  /** How far along the direction. */
  readonly at: number;
  readonly value: number;
  readonly slope: number;
}

const C1 = 1e-4;
const C2 = 0.9;
const MOST_TRIALS = 25;
/** How much farther the next trial is where nothing turned up yet. */
const FARTHER = 4;

/**
 * @param start at 0, where the slope is below 0 @param first where to look first
 * @param tried evaluates a point: its value may be Infinity or NaN, which is too high
 * @returns the point that was found; where trials ran out, the lowest one, if that is lower than the start
 */
export async function lineSearch<P extends Point>(
  start: P,
  first: number,
  tried: (at: number) => Promise<P>,
): Promise<P | undefined> {
  let low = start;
  let high: P | undefined;
  let lowest = start;
  let at = first;
  for (let trial = 0; trial < MOST_TRIALS; trial++) {
    const point = await tried(at);
    const finite = Number.isFinite(point.value) && Number.isFinite(point.slope);
    if (finite && point.value < lowest.value) lowest = point;
    const tooHigh =
      !finite ||
      point.value > start.value + C1 * at * start.slope ||
      (low !== start && point.value >= low.value);
    if (!tooHigh && Math.abs(point.slope) <= -C2 * start.slope) return point;
    if (tooHigh) high = point;
    else {
      // Which side of the best point the lowest one lies on.
      if (high === undefined ? point.slope >= 0 : point.slope * (high.at - low.at) >= 0) high = low;
      low = point;
    }
    at = high === undefined ? at * FARTHER : between(low, high);
    if (high !== undefined && (at === low.at || at === high.at)) break;
  }
  return lowest.value < start.value ? lowest : undefined;
}

/** The lowest point of the cubic through both, kept off the ends of the interval; its middle where there is none. */
function between(low: Point, high: Point): number {
  const width = high.at - low.at;
  const middle = low.at + width / 2;
  if (!Number.isFinite(high.value) || !Number.isFinite(high.slope)) return low.at + width / 10;
  const d1 = low.slope + high.slope - (3 * (low.value - high.value)) / (low.at - high.at);
  const square = d1 * d1 - low.slope * high.slope;
  if (!(square >= 0)) return middle;
  const d2 = Math.sign(width) * Math.sqrt(square);
  const at = high.at - (width * (high.slope + d2 - d1)) / (high.slope - low.slope + 2 * d2);
  const [from, to] = [low.at + width / 10, high.at - width / 10];
  const inside = Math.sign(width) > 0 ? at >= from && at <= to : at <= from && at >= to;
  return inside
    ? at
    : Number.isFinite(at)
      ? Math.min(Math.max(at, Math.min(from, to)), Math.max(from, to))
      : middle;
}
