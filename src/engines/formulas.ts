/**
 * The operations of networks in plain float64 TypeScript, over any memory, a program's own or a browser's: what the
 * engine `reference` and predictions without an engine compute with. Products sum in index order from +0, the bias last.
 */
import type { Activation } from '../model/activations/activation.js';
import { activationNames, activations } from '../model/activations/index.js';
import { multiply } from '../model/layers/forward/dense.js';
import { losses, lossNames } from '../model/losses/index.js';
import type { Loss } from '../model/losses/loss.js';
import type { ActivationOps, LossOps, NetworkOps, Offset } from '../model/operations.js';
import { leftOf } from '../model/tree.js';
import { numbersOf } from '../options.js';
import { byName } from './by-name.js';
import { bindLayers } from './layers.js';

/** Offsets are multiples of 8. @param memory a `WebAssembly.Memory` or any object with a buffer */
export function formulaOps(memory: { readonly buffer: ArrayBufferLike }): NetworkOps {
  const values = (at: Offset, n: number) => new Float64Array(memory.buffer, at, n);

  const activationOps = (f: Activation): ActivationOps => ({
    forward: (u, h, rows, cols, scalars) =>
      f.forward(values(u, rows * cols), values(h, rows * cols), rows, cols, numbersOf(f.options, scalars)),
    backward: (saved, delta, rows, cols, scalars) =>
      f.backward(
        values(saved, rows * cols),
        values(delta, rows * cols),
        rows,
        cols,
        numbersOf(f.options, scalars),
      ),
  });
  const weightsAt = (at: Offset, rows: number) => (at === 0 ? null : values(at, rows));
  const lossOps = (loss: Loss): LossOps => ({
    forward: (h, y, weights, rows, cols, scalars) =>
      loss.forward(
        values(h, rows * cols),
        values(y, rows * cols),
        weightsAt(weights, rows),
        rows,
        cols,
        numbersOf(loss.options, scalars),
      ),
    backward: (h, y, weights, delta, rows, cols, scalars) =>
      loss.backward(
        values(h, rows * cols),
        values(y, rows * cols),
        weightsAt(weights, rows),
        values(delta, rows * cols),
        rows,
        cols,
        numbersOf(loss.options, scalars),
      ),
  });

  return {
    precision: 'float64',
    bytes: 8,

    dense_forward(x, w, b, u, rows, inputs, units) {
      const [X, W, B] = [values(x, rows * inputs), values(w, inputs * units), values(b, units)];
      multiply(X, W, B, values(u, rows * units), rows, inputs, units);
    },

    dense_backward_input(delta, w, dx, rows, inputs, units) {
      const D = values(delta, rows * units);
      const W = values(w, inputs * units);
      const dX = values(dx, rows * inputs);
      for (let r = 0; r < rows; r++) {
        for (let i = 0; i < inputs; i++) {
          let sum = 0;
          for (let o = 0; o < units; o++) sum += D[r * units + o] * W[i * units + o];
          dX[r * inputs + i] = sum;
        }
      }
    },

    dense_backward_weights(x, delta, dw, rows, inputs, units, first, count) {
      const X = values(x, rows * inputs);
      const D = values(delta, rows * units);
      const dW = values(dw, count * units).fill(0);
      // Row by row: each sum still meets its rows in index order.
      for (let r = 0; r < rows; r++) {
        for (let i = 0; i < count; i++) {
          for (let o = 0; o < units; o++) dW[i * units + o] += X[r * inputs + first + i] * D[r * units + o];
        }
      }
    },

    dense_backward_biases(delta, db, rows, units) {
      const D = values(delta, rows * units);
      const dB = values(db, units).fill(0);
      for (let r = 0; r < rows; r++) {
        for (let o = 0; o < units; o++) dB[o] += D[r * units + o];
      }
    },

    activations: byName(activationNames, (name) => activationOps(activations[name])),
    losses: byName(lossNames, (name) => lossOps(losses[name])),
    layers: bindLayers((_layer, _operation, { arrays, run }) => (...given) => {
      run(
        ...given.map((value, place) =>
          arrays.includes(place) ? new Float64Array(memory.buffer, value) : value,
        ),
      );
    }),

    shards_sum(dst, src, stride, shards, n) {
      const parts = Array.from({ length: shards }, (_, s) => values(src + s * stride, n));
      const tree = (i: number, first: number, count: number): number => {
        if (count === 1) return parts[first][i];
        const left = leftOf(count);
        return tree(i, first, left) + tree(i, first + left, count - left);
      };
      const sums = values(dst, n);
      for (let i = 0; i < n; i++) sums[i] = tree(i, 0, shards);
    },

    copy(from, to, n) {
      values(to, n).set(values(from, n));
    },
  };
}
