/**
 * Inverted dropout (Srivastava et al. 2014): while training, a unit becomes 0 with probability `rate`, and is divided by
 * 1 − rate otherwise, so that nothing need change when evaluating.
 *
 * Whether a unit is kept is a function of the key, the step, its row in the minibatch and its column: the same whoever
 * computes it, and when. Philox's counter is (⌊column/4⌋, row, lower and upper 32 bits of the step); its four numbers
 * are those of columns 4c to 4c + 3; a unit is kept whose number is at least ⌊rate·2^32⌋: it is dropped with exactly the
 * probability ⌊rate·2^32⌋/2^32. A float64 network has the mask of a float32 one.
 */
import { philox } from '../../../philox.js';
import { formula } from './formula.js';

/**
 * Y = X, kept units times 1/(1 − rate), the others +0, whatever they were. Y may be X.
 * @param firstRow the place of the first of these rows in the minibatch; rows count to 2^32
 * @param rate from 0, below 1
 * @param k0 with `k1` the key of this layer, see `keyOf` in philox.ts
 * @param step whole, from 0 to 2^53
 */
function forward(
  x: Float64Array,
  y: Float64Array,
  rows: number,
  cols: number,
  firstRow: number,
  rate: number,
  k0: number,
  k1: number,
  step: number,
): void {
  const threshold = Math.floor(rate * 2 ** 32);
  const factor = 1 / (1 - rate);
  for (let r = 0; r < rows; r++) {
    for (let first = 0; first < cols; first += 4) {
      const words = philox([first / 4, firstRow + r, step >>> 0, Math.floor(step / 2 ** 32)], [k0, k1]);
      for (let c = first; c < Math.min(first + 4, cols); c++) {
        const i = r * cols + c;
        y[i] = words[c - first] >= threshold ? x[i] * factor : 0;
      }
    }
  }
}

/** Δ, the derivative by Y, becomes that by X: what `forward` does, with the same mask. */
function backward(
  delta: Float64Array,
  rows: number,
  cols: number,
  firstRow: number,
  rate: number,
  k0: number,
  k1: number,
  step: number,
): void {
  forward(delta, delta, rows, cols, firstRow, rate, k0, k1, step);
}

export const dropout = { forward: formula([0, 1], forward), backward: formula([0], backward) };
