/**
 * How far rounding may have moved gradients that are small because their terms cancel, as those do by symmetry that softmax
 * or a normalization do not see where weights are all alike.
 *
 * A rounding of a term moves the sum by ε times the term, however little is left of the sum. How large the terms are shows when
 * they cancel no more: each parameter is moved by a random part of its size, s, and the gradient, which then changes by some s times its
 * terms (backward error, Wilkinson 1963), is compared. Where terms cancel to the first order in s alone, a small s would not
 * show it, so there are several; of a gradient without cancellation the terms are about as large as itself, and so its error is some ε of it.
 */
import { keyed } from '../random.js';

/** Parts of its size that a parameter is moved by. */
const NUDGES = [2 ** -30, 2 ** -7, 2 ** -4, 2 ** -2];
const TRIES = 2;
/** A sum of n terms is off by some √n roundings: so many for sums of 4096, or of fewer in several layers. */
const ROUNDINGS = 64;
const EPSILON = 2 ** -53;

/**
 * @param parameters are put back afterwards
 * @param gradients computes them at what stands in `parameters`
 * @returns standard errors, one a parameter; where a gradient that it takes is not finite, what the others say
 */
export async function backwardErrors(
  parameters: Float64Array,
  gradients: () => Promise<Float64Array>,
  seed: number,
): Promise<Float64Array> {
  const unmoved = parameters.slice();
  const terms = new Float64Array(unmoved.length);
  try {
    const usual = await gradients();
    for (const [n, part] of NUDGES.entries()) {
      const squares = new Float64Array(unmoved.length);
      for (let k = 0; k < TRIES; k++) {
        const random = keyed(seed, 'backward error', n, k);
        parameters.set(unmoved.map((value) => value * (1 + part * random.normal())));
        const moved = await gradients();
        for (let i = 0; i < squares.length; i++) squares[i] += (moved[i] - usual[i]) ** 2;
      }
      for (const [i, square] of squares.entries()) {
        const size = Math.sqrt(square / TRIES) / part;
        if (Number.isFinite(size)) terms[i] = Math.max(terms[i], size);
      }
    }
  } finally {
    parameters.set(unmoved);
  }
  return terms.map((size) => ROUNDINGS * EPSILON * size);
}

/**
 * How large a derivative may be that is made of rounding alone, whatever parameters are: a last bit that is lost on the way forth, as that
 * of a saturated unit, whose slope is made of it, comes back times all that is between, up to 1/√ε of a normalization of rows that
 * are alike, and a parameter that moves by 1 would then move the loss by so many of its roundings.
 */
export const unseen = (loss: number): number => 2 ** 16 * EPSILON * Math.abs(loss);
