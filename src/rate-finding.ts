/**
 * What a search for a learning rate finds (Smith 2017), and what is made of it: smoothing, slopes, a suggestion. Plain
 * arithmetic over the losses of minibatches whose rates rise exponentially.
 */

/** One minibatch. */
export interface RatePoint {
  /** The learning rate of its step. */
  rate: number;
  /** Its mean loss before that step. */
  loss: number;
  /** The mean of the losses around it, as `suggested` has it. */
  smoothed: number;
}

/** Why a search ended: all steps were made, the loss rose to four times the best, or something was not finite. */
export type RateEnd = 'all steps' | 'loss rose' | 'not finite';

/** What a search has found. */
export interface RateFinding {
  /** The minibatches in their order, one a step. */
  points: RatePoint[];
  /** Why there are no more. */
  ended: RateEnd;
  /** The suggested rate, that of the steepest descent; null where the loss never fell. */
  suggestion: number | null;
  /** The rate where the smoothed loss, over the logarithm of the rate, falls fastest; null where it never falls. */
  steepest: number | null;
  /** A tenth of the rate where the smoothed loss is least: another rule, beside the first; null likewise. */
  tenthOfMinimum: number | null;
}

/** A loss counts as risen where its running mean is so many times the best. */
export const RISEN = 4;
/** How fast the weight of a neighbour falls: to 1/e within this share of the steps. */
const REACH = 0.04;

/** The loss that is too much: four times the best, or as far above it where that is not above 0. */
export const limitOf = (best: number): number => best + (RISEN - 1) * Math.abs(best);

/** The factor from a neighbour's weight to the next one's, in a search of so many steps. */
export const nearness = (steps: number): number => Math.exp(-1 / Math.max(1, REACH * steps));

/** A mean of losses as they come, each counting less by and by (Adam's bias correction included). */
export class RunningLoss {
  #sum = 0;
  #weights = 0;
  #best = Number.POSITIVE_INFINITY;

  constructor(private readonly factor: number) {}

  /** Takes a loss. @returns whether the mean is now too much beside the best one */
  rises(loss: number): boolean {
    this.#sum = this.factor * this.#sum + loss;
    this.#weights = this.factor * this.#weights + 1;
    const mean = this.#sum / this.#weights;
    this.#best = Math.min(this.#best, mean);
    return mean > limitOf(this.#best);
  }
}

/**
 * Smooths the losses, and suggests a rate. A smoothed loss is the mean over all, each weighted by `nearness` to the power of
 * its distance; what is above the limit of the running means counts as it, so that the last ones do not drown the others.
 * @param tried rates, rising, and finite losses @param steps of the whole search
 */
export function suggested(
  tried: readonly Omit<RatePoint, 'smoothed'>[],
  steps: number,
  ended: RateEnd,
): RateFinding {
  const factor = nearness(steps);
  // Of the running means, by which a search ends: one lucky minibatch says nothing of the others.
  const running = weighted(
    tried.map(({ loss }) => loss),
    factor,
  );
  const limit = limitOf(Math.min(...running.map(({ sum, weights }) => sum / weights)));
  const losses = tried.map(({ loss }) => Math.min(loss, limit));
  const before = weighted(losses, factor);
  const behind = weighted([...losses].reverse(), factor).reverse();
  const points = tried.map((point, k) => {
    // The point itself is in both.
    const sum = before[k].sum + behind[k].sum - losses[k];
    return { ...point, smoothed: sum / (before[k].weights + behind[k].weights - 1) };
  });
  const smoothed = points.map((point) => point.smoothed);
  const lowest = smoothed.indexOf(Math.min(...smoothed));
  let steepest: { k: number; slope: number } | undefined;
  for (let k = 1; k < lowest; k++) {
    const run = Math.log(points[k + 1].rate / points[k - 1].rate);
    const slope = (smoothed[k + 1] - smoothed[k - 1]) / run;
    if (slope < (steepest?.slope ?? 0)) steepest = { k, slope };
  }
  const rate = steepest ? points[steepest.k].rate : null;
  const tenthOfMinimum = steepest ? points[lowest].rate / 10 : null;
  return { points, ended, suggestion: rate, steepest: rate, tenthOfMinimum };
}

/** For each value the sum of those up to it, each times factor^distance, and of the weights. */
function weighted(values: readonly number[], factor: number): { sum: number; weights: number }[] {
  let [sum, weights] = [0, 0];
  return values.map((value) => {
    sum = factor * sum + value;
    weights = factor * weights + 1;
    return { sum, weights };
  });
}
