/**
 * Embedding: of a row's inputs some are codes of categories, each of which becomes the row of a table of learned numbers
 * that its code names (Guo and Berkhahn 2016, "Entity embeddings of categorical variables"); the others stay as they
 * are. A code that names no row of the table, such as −1, becomes zeros, of which nothing is learned.
 */
import { forward, pass } from '../forward/embedding.js';
import { formula } from './formula.js';

/**
 * Rows [first, first + count) of ∇W: dW[c − first, k] = Σ Δ[r, to + k] over the rows r whose code X[r, at] is c, in their
 * order from +0.
 */
function gradient(
  x: Float64Array,
  delta: Float64Array,
  dw: Float64Array,
  rows: number,
  inputs: number,
  outputs: number,
  at: number,
  to: number,
  first: number,
  count: number,
  size: number,
): void {
  for (let i = 0; i < count * size; i++) dw[i] = 0;
  for (let r = 0; r < rows; r++) {
    const code = x[r * inputs + at];
    if (!(code >= first && code < first + count)) continue;
    const row = (Math.trunc(code) - first) * size;
    for (let k = 0; k < size; k++) dw[row + k] += delta[r * outputs + to + k];
  }
}

export const embedding = {
  pass: formula([0, 1], pass),
  forward: formula([0, 1, 2], forward),
  gradient: formula([0, 1, 2], gradient),
};
