/**
 * A residual block (He et al. 2016): Y = around + X, X being what its layers made of `around`. With stochastic depth
 * (Huang et al. 2016; torchvision's `stochastic_depth` of mode "row"), while training, a row of X is 0 with probability
 * `drop`, and divided by 1 − drop otherwise, so that nothing need change when evaluating.
 *
 * Whether a row is kept is a function of the key, the step and its place in the minibatch, as in dropout.ts: of Philox's
 * counter (0, row, lower and upper 32 bits of the step) the first number is at least ⌊drop·2^32⌋.
 */
import { philox } from '../../../philox.js';
import { formula } from './formula.js';

/** Y = A + B, `n` values of each. Y may be A or B. */
function add(a: Float64Array, b: Float64Array, y: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) y[i] = a[i] + b[i];
}

/**
 * Y = X, kept rows times 1/(1 − drop), the others +0, whatever they were. Y may be X. Of Δ it makes that by X of that by Y.
 * @param firstRow the place of the first of these rows in the minibatch; rows count to 2^32
 * @param drop from 0, below 1
 * @param k0 with `k1` the key of this layer, see `keyOf` in philox.ts
 * @param step whole, from 0 to 2^53
 */
function keep(
  x: Float64Array,
  y: Float64Array,
  rows: number,
  cols: number,
  firstRow: number,
  drop: number,
  k0: number,
  k1: number,
  step: number,
): void {
  const threshold = Math.floor(drop * 2 ** 32);
  const factor = 1 / (1 - drop);
  for (let r = 0; r < rows; r++) {
    const [word] = philox([0, firstRow + r, step >>> 0, Math.floor(step / 2 ** 32)], [k0, k1]);
    for (let i = r * cols; i < (r + 1) * cols; i++) y[i] = word >= threshold ? x[i] * factor : 0;
  }
}

export const residual = { add: formula([0, 1, 2], add), keep: formula([0, 1], keep) };
