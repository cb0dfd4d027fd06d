/**
 * Parametric rectified linear units (He et al. 2015): y = x where x > 0, else a·x, a learned: one for all units, or one a
 * unit.
 */
import { bend } from '../forward/prelu.js';
import { formula } from './formula.js';

/**
 * Δ, the derivative by Y, becomes that by X. `sums` is ∇a = Σ δ·x over these rows where x is not above 0, in order from
 * +0: `cols` values, of which with `each` 0 the first is the sum of all, in the columns' order.
 */
function backward(
  x: Float64Array,
  slopes: Float64Array,
  delta: Float64Array,
  sums: Float64Array,
  rows: number,
  cols: number,
  each: number,
): void {
  for (let c = 0; c < cols; c++) sums[c] = 0;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const i = r * cols + c;
      if (x[i] > 0) continue;
      sums[c] += delta[i] * x[i];
      delta[i] *= slopes[each * c];
    }
  }
  if (each === 0) for (let c = 1; c < cols; c++) sums[0] += sums[c];
}

export const prelu = {
  forward: formula([0, 1, 2], bend),
  backward: formula([0, 1, 2, 3], backward),
};
