/**
 * The oracle: every operation in plain float64 TypeScript, to be read and trusted, not to be fast. Products sum in
 * index order from +0, the bias last.
 */
import type { Activation } from '../model/activations/activation.js';
import { activationNames, activations } from '../model/activations/index.js';
import { losses, lossNames } from '../model/losses/index.js';
import type { Loss } from '../model/losses/loss.js';
import type { ActivationOps, Engine, LossOps, Offset } from './engine.js';
import { referenceGather } from './gather.js';

/**
 * The reference engine over a memory (a `WebAssembly.Memory` or any object with a buffer). Float64 only;
 * offsets of float64 matrices are multiples of 8, those of `order` multiples of 4.
 */
export function createReference(memory: { readonly buffer: ArrayBufferLike }): Engine {
  const values = (at: Offset, n: number) => new Float64Array(memory.buffer, at, n);

  const activationOps = (f: Activation): ActivationOps => ({
    forward: (u, h, rows, cols) => f.forward(values(u, rows * cols), values(h, rows * cols), rows, cols),
    backward: (h, delta, rows, cols) =>
      f.backward(values(h, rows * cols), values(delta, rows * cols), rows, cols),
  });
  const lossOps = (loss: Loss): LossOps => ({
    forward: (h, y, rows, cols) => loss.forward(values(h, rows * cols), values(y, rows * cols), rows, cols),
    backward: (h, y, delta, rows, cols) =>
      loss.backward(values(h, rows * cols), values(y, rows * cols), values(delta, rows * cols), rows, cols),
  });

  return {
    name: 'reference',
    precision: 'float64',
    bytes: 8,
    inOrder: true,

    ...referenceGather(memory),

    scratchBytes: 0,

    dense_forward(x, w, b, u, rows, inputs, units) {
      const X = values(x, rows * inputs);
      const W = values(w, inputs * units);
      const B = values(b, units);
      const U = values(u, rows * units);
      for (let r = 0; r < rows; r++) {
        for (let o = 0; o < units; o++) {
          let sum = 0;
          for (let i = 0; i < inputs; i++) sum += X[r * inputs + i] * W[i * units + o];
          U[r * units + o] = sum + B[o];
        }
      }
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

    shards_sum(dst, src, stride, shards, n) {
      const parts = Array.from({ length: shards }, (_, s) => values(src + s * stride, n));
      const tree = (i: number, first: number, count: number): number =>
        count === 1 ? parts[first][i] : tree(i, first, count / 2) + tree(i, first + count / 2, count / 2);
      const sums = values(dst, n);
      let first = 0;
      while (first < shards) {
        // Blocks of 16 while they last, then the largest power of two that is left.
        const count = Math.min(16, 2 ** Math.floor(Math.log2(shards - first)));
        for (let i = 0; i < n; i++) {
          const block = tree(i, first, count);
          sums[i] = first === 0 ? block : sums[i] + block;
        }
        first += count;
      }
    },

    scale(x, n, factor) {
      const X = values(x, n);
      for (let i = 0; i < n; i++) X[i] *= factor;
    },

    sgd_step(theta, g, n, rate) {
      const T = values(theta, n);
      const G = values(g, n);
      for (let i = 0; i < n; i++) T[i] -= rate * G[i];
      return T.every(Number.isFinite);
    },

    sgd_scaled_step(theta, g, n, factor, rate) {
      const T = values(theta, n);
      const G = values(g, n);
      for (let i = 0; i < n; i++) T[i] -= rate * (factor * G[i]);
      return T.every(Number.isFinite);
    },

    sgd_rank1_step(x, delta, w, b, inputs, units, rate) {
      const X = values(x, inputs);
      const D = values(delta, units);
      const W = values(w, inputs * units);
      const B = values(b, units);
      for (let i = 0; i < inputs; i++) {
        for (let o = 0; o < units; o++) W[i * units + o] -= rate * (X[i] * D[o]);
      }
      for (let o = 0; o < units; o++) B[o] -= rate * D[o];
      return W.every(Number.isFinite) && B.every(Number.isFinite);
    },
  };
}

function byName<Name extends string, Ops>(names: readonly Name[], make: (name: Name) => Ops) {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Ops>;
}
