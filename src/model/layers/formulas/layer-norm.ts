/**
 * Layer normalization (Ba, Kiros, Hinton 2016) with PyTorch's definition: y = x̂·γ + β, x̂ = (x − mean)/√(variance + ε),
 * mean and biased variance over the values of a row.
 */
import { normalize } from '../forward/layer-norm.js';
import { formula } from './formula.js';

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
  forward: formula([0, 1, 2, 3, 4], normalize),
  backward: formula([0, 1, 2, 3, 4], backward),
};
