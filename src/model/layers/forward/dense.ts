/** U = X·W + b, where nothing is learned: dense.ts says more. */
import { identity } from '../../activations/index.js';
import { forwardLayer } from './forward.js';

export const dense = forwardLayer({
  counted: true,

  /** Its activation is a layer of its own. */
  parts({ activation, ...own }, outputs) {
    const itself = { type: 'dense', options: own.units === 'auto' ? { ...own, units: outputs } : own };
    const spec = activation as { readonly name: string } | undefined;
    if (spec === undefined || spec.name === identity) return [itself];
    return [itself, { type: 'activation', options: { activation: spec } }];
  },

  shape: (inputs, options: { readonly units?: unknown }) => ({
    outputs: Number(options.units),
    tensors: [
      { name: 'weight', shape: [inputs, Number(options.units)], decays: true },
      { name: 'bias', shape: [Number(options.units)] },
    ],
  }),

  forward: (x, y, rows, { inputs, outputs, tensors: [w, b] }) => multiply(x, w, b, y, rows, inputs, outputs),
});

/**
 * U = X·W + b: each sum begins at +0 and takes its inputs in index order, the bias last; W is read as it lies in memory.
 * X: rows×inputs, W: inputs×units, b: units, U: rows×units.
 */
export function multiply(
  x: Float64Array,
  w: Float64Array,
  b: Float64Array,
  u: Float64Array,
  rows: number,
  inputs: number,
  units: number,
): void {
  for (let r = 0; r < rows; r++) {
    const at = r * units;
    for (let o = 0; o < units; o++) u[at + o] = 0;
    for (let i = 0; i < inputs; i++) {
      const value = x[r * inputs + i];
      for (let o = 0; o < units; o++) u[at + o] += value * w[i * units + o];
    }
    for (let o = 0; o < units; o++) u[at + o] += b[o];
  }
}
