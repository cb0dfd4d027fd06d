/** What is said of a layer's gradients, given two of them and the error that one of them has. */

import type { LayerCheck } from '../results.js';
import { threshold } from '../results.js';

/** Standard errors that a comparison allows for: with 4, chance exceeds them once in 16,000 times. */
const STANDARD_ERRORS = 4;

/** Why a layer is wrong of which backpropagation is. */
export const DISAGREE = 'backpropagation and the loss disagree';

/** Gradients of the same parameters, and the standard errors of the numeric ones. */
export interface Gradients {
  readonly backprop: Float64Array;
  readonly numeric: Float64Array;
  readonly errors: Float64Array;
  /** Standard errors that rounding gives either; undefined: they are not known, and far smaller where terms do not cancel. */
  readonly roundings?: Float64Array | undefined;
}

/**
 * Compares the gradients d = ‖b − n‖ / (‖b‖ + ‖n‖), and e, four times the errors in the same measure,
 * with the threshold t:
 *
 * - d > t + e: wrong, since no error explains so much;
 * - else e > t: too small to compare, whatever d is, since agreement would be luck;
 * - else right where d ≤ t. Between t and t + e nobody can tell, which is `too small` as well.
 *
 * Two gradients that are 0 in every parameter are right.
 * @param singleVsThreaded the largest difference between the gradients of one thread and of several
 * @param atKinks how many parameters were tried and left out
 */
export function judge(
  { backprop, numeric, errors, roundings }: Gradients,
  singleVsThreaded: number,
  atKinks: number,
): Pick<LayerCheck, 'verdict' | 'because' | 'numericVsBackprop' | 'numericError'> {
  const difference = numeric.length === 0 ? null : relativeDifference(backprop, numeric);
  const size = norm(backprop) + norm(numeric);
  const relative = (roundings ? Math.hypot(norm(errors), norm(roundings)) : norm(errors)) / size;
  const numericError = Number.isFinite(relative) ? relative : null;
  const said = { numericVsBackprop: difference, numericError };
  if (singleVsThreaded !== 0) {
    return { ...said, verdict: 'wrong', because: 'one thread and several do not give the same bits' };
  }
  if (difference === null) {
    const all = atKinks === 1 ? 'the only parameter lies' : `all ${atKinks} parameters lie`;
    return { ...said, verdict: 'not checked', because: `${all} at a kink of the activations` };
  }
  if (!numeric.every(Number.isFinite)) {
    return {
      ...said,
      numericVsBackprop: null,
      verdict: 'not checked',
      because: 'the loss is not a finite number at these weights',
    };
  }
  if (!errors.every(Number.isFinite)) {
    const because = 'the loss is so large at these weights that its rounding is no finite number';
    return { ...said, numericError: null, verdict: 'not checked', because };
  }
  if (difference === 0 && size === 0) return { ...said, verdict: 'right', because: null };
  const allowed = STANDARD_ERRORS * relative;
  // also where the difference is not a number: the numeric gradient is one
  if (!(difference <= threshold + allowed)) {
    return { ...said, verdict: 'wrong', because: DISAGREE };
  }
  if (allowed <= threshold && difference <= threshold) return { ...said, verdict: 'right', because: null };
  const error = allowed < 1 ? `up to ${allowed.toExponential(0)} of their size` : 'as large as they are';
  return {
    ...said,
    verdict: 'too small',
    because: roundings
      ? `what rounding leaves of terms that cancel gives the gradients an error ${error}`
      : `the loss's rounding gives numeric gradients an error ${error}`,
  };
}

/** ‖a − b‖₂ / (‖a‖₂ + ‖b‖₂); 0 for two zero vectors, NaN where either holds one. */
export function relativeDifference(a: Float64Array, b: Float64Array): number {
  const apart = norm(a, b);
  return apart === 0 ? 0 : apart / (norm(a) + norm(b));
}

/** ‖a − b‖₂, scaled by its largest value so that no square overflows or vanishes. */
function norm(a: Float64Array, b?: Float64Array): number {
  let largest = 0;
  for (let k = 0; k < a.length; k++)
    largest = Math.max(largest, Math.abs(b === undefined ? a[k] : a[k] - b[k]));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let squares = 0;
  for (let k = 0; k < a.length; k++) squares += ((b === undefined ? a[k] : a[k] - b[k]) / largest) ** 2;
  return largest * Math.sqrt(squares);
}
