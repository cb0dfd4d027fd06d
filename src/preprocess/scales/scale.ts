/** What a scale is: a member of the family of scales fits one to a column's training values. */
import type { Options, Values } from '../../options.js';
import type { FittedScale } from '../fitted.js';

export interface Scale<O extends Options = Options> {
  /** One sentence. */
  readonly description: string;
  readonly options?: O;
  /** @param values those of the training rows that are there, in the rows' order; at least one */
  fit(values: Float64Array, options: Values<O>): FittedScale;
}

/** Spreads below this share of the largest value are rounding: the column is constant. */
const CONSTANT = 1e-14;

/** A scale whose spread is 1 where the values do not vary. */
export function fitted(center: number, spread: number, log = false): FittedScale {
  const varies = spread > CONSTANT * Math.abs(center);
  return { log, center, spread: varies ? spread : 1 };
}

/** Mean and biased standard deviation, in two passes, the second of which corrects the first's rounding. */
export function meanAndDeviation(values: Float64Array): { mean: number; deviation: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  let rest = 0;
  for (const value of values) {
    squares += (value - mean) ** 2;
    rest += value - mean;
  }
  const better = mean + rest / values.length;
  const variance = (squares - rest ** 2 / values.length) / values.length;
  return { mean: better, deviation: Math.sqrt(Math.max(0, variance)) };
}

/** A quantile of sorted values, linear between neighbours (NumPy's default). @param share from 0 to 1 */
export function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const part = at - low;
  const below = sorted[low];
  return part === 0 ? below : below + part * (sorted[low + 1] - below);
}
