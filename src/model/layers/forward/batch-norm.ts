/** Batch normalisation by its running statistics, where nothing is learned. */
import { forwardLayer } from './forward.js';

export const batchNorm = forwardLayer({
  suffix: 'norm',
  shape: (inputs) => ({
    outputs: inputs,
    tensors: [
      { name: 'weight', shape: [inputs] },
      { name: 'bias', shape: [inputs] },
    ],
    buffers: [
      { name: 'running_mean', shape: [inputs] },
      { name: 'running_var', shape: [inputs] },
    ],
  }),
  forward(x, y, rows, { outputs, tensors: [gamma, beta], buffers: [mean, variance], options }) {
    normalize(x, gamma, beta, mean, variance, y, rows, outputs, Number(options.epsilon));
  },
});

/** Y from X by running statistics, a mean and a variance for each column; γ, β: a value a column. */
export function normalize(
  x: Float64Array,
  gamma: Float64Array,
  beta: Float64Array,
  mean: Float64Array,
  variance: Float64Array,
  y: Float64Array,
  rows: number,
  cols: number,
  eps: number,
): void {
  for (let i = 0; i < rows * cols; i++) {
    const c = i % cols;
    y[i] = (x[i] - mean[c]) * (1 / Math.sqrt(variance[c] + eps)) * gamma[c] + beta[c];
  }
}
