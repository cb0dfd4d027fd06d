/** Two matrices side by side, and one of them back. */
import { formula } from './formula.js';

/** Y[r, at + c] = X[r, c]; X: rows×cols, Y: rows×stride. */
function put(x: Float64Array, y: Float64Array, rows: number, cols: number, stride: number, at: number): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) y[r * stride + at + c] = x[r * cols + c];
  }
}

/** X[r, c] = Y[r, at + c]; the other way round. */
function take(
  y: Float64Array,
  x: Float64Array,
  rows: number,
  cols: number,
  stride: number,
  at: number,
): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) x[r * cols + c] = y[r * stride + at + c];
  }
}

export const concat = { put: formula([0, 1], put), take: formula([0, 1], take) };
