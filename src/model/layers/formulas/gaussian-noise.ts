/**
 * Additive noise: while training, each unit of each row gets a normal number of mean 0 and standard deviation `deviation`
 * (Keras's GaussianNoise). Its derivative is 1, so there is nothing to do on the way back.
 *
 * The numbers are those of a place, as dropout's are: Philox's counter is (⌊column/4⌋, row, lower and upper 32 bits of the
 * step), and its four numbers w₀ … w₃ make those of columns 4c to 4c + 3 (Box and Muller 1958): with r(w) =
 * √(−2 log((w + 1)/2³²)) and t(w) = 2πw/2³² these are r(w₀)cos t(w₁), r(w₀)sin t(w₁), r(w₂)cos t(w₃), r(w₂)sin t(w₃). None
 * is larger than 6.66.
 */
import { philox } from '../../../philox.js';
import { formula } from './formula.js';

const WORDS = 2 ** 32;
const radius = (word: number) => Math.sqrt(-2 * Math.log((word + 1) / WORDS));
const turn = (word: number) => (2 * Math.PI * word) / WORDS;

/**
 * Y = X + deviation·n. Y may be X.
 * @param firstRow the place of the first of these rows in the minibatch; rows count to 2^32
 * @param k0 with `k1` the key of this layer, see `keyOf` in philox.ts
 * @param step whole, from 0 to 2^53
 */
function forward(
  x: Float64Array,
  y: Float64Array,
  rows: number,
  cols: number,
  firstRow: number,
  deviation: number,
  k0: number,
  k1: number,
  step: number,
): void {
  for (let r = 0; r < rows; r++) {
    for (let first = 0; first < cols; first += 4) {
      const words = philox([first / 4, firstRow + r, step >>> 0, Math.floor(step / WORDS)], [k0, k1]);
      for (let c = first; c < Math.min(first + 4, cols); c++) {
        const pair = (c - first) & 2;
        const angle = turn(words[pair + 1]);
        const normal = radius(words[pair]) * (c % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
        y[r * cols + c] = x[r * cols + c] + deviation * normal;
      }
    }
  }
}

export const gaussianNoise = { forward: formula([0, 1], forward) };
