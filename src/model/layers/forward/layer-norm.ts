/** Layer normalisation of rows; formulas/layer-norm.ts says more. */
import { forwardLayer } from './forward.js';

export const layerNorm = forwardLayer({
  suffix: 'norm',
  shape: (inputs) => ({
    outputs: inputs,
    tensors: [
      { name: 'weight', shape: [inputs] },
      { name: 'bias', shape: [inputs] },
    ],
  }),
  forward(x, y, rows, { outputs, tensors: [gamma, beta], options }) {
    normalize(x, gamma, beta, y, new Float64Array(2 * rows), rows, outputs, Number(options.epsilon));
  },
});

/**
 * Y from X, and in `kept`, for the backward pass, each row's mean and 1/√(variance + ε), one after the other. γ, β: a
 * value a column. Y is not X.
 *
 * Deviations are taken from a first mean, then mean and variance corrected by what these sum to (Chan, Golub, LeVeque
 * 1983, "Algorithms for computing the sample variance"): right to the last places even if all values are large.
 */
export function normalize(
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
