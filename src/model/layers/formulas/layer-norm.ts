/**
 * Layer normalization (Ba, Kiros, Hinton 2016) with PyTorch's definition: y = x̂·γ + β, x̂ = (x − mean)/√(variance + ε),
 * mean and biased variance over the values of a row.
 */
import { formula } from './formula.js';

/**
 * Y from X, and in `kept`, for the backward pass, each row's mean and 1/√(variance + ε), one after the other. γ, β: a
 * value a column. Y is not X.
 *
 * Deviations are taken from a first mean, then mean and variance corrected by what these sum to (Chan, Golub, LeVeque
 * 1983, "Algorithms for computing the sample variance"): right to the last places even if all values are large.
 */
function forward(
  x: Float64Array,
  gamma: Float64Array,
  beta: Float64Array,
  y: Float64Array,
  kept: Float64Array,
  rows: number,
  cols: number,
  eps: number,
): void {
  for (let r = 0; r < rows; r++) {
    const at = r * cols;
    let sum = 0;
    for (let c = 0; c < cols; c++) sum += x[at + c];
    const first = sum / cols;
    let off = 0;
    let squares = 0;
    for (let c = 0; c < cols; c++) {
      const deviation = x[at + c] - first;
      off += deviation;
      squares += deviation * deviation;
    }
    const mean = first + off / cols;
    const variance = Math.max(0, squares - (off * off) / cols) / cols;
    const inverse = 1 / Math.sqrt(variance + eps);
    for (let c = 0; c < cols; c++) y[at + c] = (x[at + c] - mean) * inverse * gamma[c] + beta[c];
    kept[2 * r] = mean;
    kept[2 * r + 1] = inverse;
  }
}

/**
 * Δ, the derivative by Y, becomes that by X. The first `cols` of `sums` are ∇γ = Σ δ·x̂, the others ∇β = Σ δ, over
 * these rows, in order from +0.
 */
function backward(
  x: Float64Array,
  gamma: Float64Array,
  delta: Float64Array,
  kept: Float64Array,
  sums: Float64Array,
  rows: number,
  cols: number,
): void {
  for (let c = 0; c < 2 * cols; c++) sums[c] = 0;
  for (let r = 0; r < rows; r++) {
    const at = r * cols;
    const mean = kept[2 * r];
    const inverse = kept[2 * r + 1];
    let plain = 0;
    let along = 0;
    for (let c = 0; c < cols; c++) {
      const normal = (x[at + c] - mean) * inverse;
      sums[c] += delta[at + c] * normal;
      sums[cols + c] += delta[at + c];
      plain += delta[at + c] * gamma[c];
      along += delta[at + c] * gamma[c] * normal;
    }
    for (let c = 0; c < cols; c++) {
      const normal = (x[at + c] - mean) * inverse;
      delta[at + c] = inverse * (delta[at + c] * gamma[c] - plain / cols - normal * (along / cols));
    }
  }
}

export const layerNorm = {
  forward: formula([0, 1, 2, 3, 4], forward),
  backward: formula([0, 1, 2, 3, 4], backward),
};
