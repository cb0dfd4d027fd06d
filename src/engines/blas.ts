/**
 * The wasm engine with its dense products made by the machine's BLAS. Its bits depend on that library and that
 * processor, and on the shape of each call; still not on threads, since callers cut by the configuration alone.
 * Knows nothing of how the library is found.
 */
import type { Precision } from '../model/network.js';
import { type Blas, openBlas } from './blas-library.js';
import type { Engine } from './engine.js';
import { createWasm, type Kernels } from './wasm.js';

/** Below this share of nonzeros the kernels, which visit these alone, are faster (`npm run bench -- kernels`). */
const SPARSE_PAYS = 0.3;

export function createBlas(
  blas: Blas,
  memory: WebAssembly.Memory,
  op: Kernels,
  precision: Precision,
): Engine {
  const wasm = createWasm(op, precision);
  const library = openBlas(blas, memory);
  const gemm = precision === 'float32' ? library.gemm_f32 : library.gemm_f64;
  const isSparse: (x: number, stride: number, rows: number, cols: number, share: number) => number =
    op('is_sparse');
  const addBiases: (u: number, b: number, rows: number, units: number) => void = op('add_biases');
  const { bytes } = wasm;
  return {
    ...wasm,
    name: 'blas',
    inOrder: false,

    dense_forward(x, w, b, u, rows, inputs, units, scratch) {
      if (rows === 1 || isSparse(x, inputs * bytes, rows, inputs, SPARSE_PAYS)) {
        wasm.dense_forward(x, w, b, u, rows, inputs, units, scratch);
        return;
      }
      gemm(false, false, rows, units, inputs, x, inputs, w, units, 0, u, units);
      addBiases(u, b, rows, units);
    },

    dense_backward_input(delta, w, dx, rows, inputs, units, scratch) {
      if (rows === 1 || isSparse(delta, units * bytes, rows, units, SPARSE_PAYS)) {
        wasm.dense_backward_input(delta, w, dx, rows, inputs, units, scratch);
        return;
      }
      gemm(false, true, rows, inputs, units, delta, units, w, units, 0, dx, inputs);
    },

    dense_backward_weights(x, delta, dw, rows, inputs, units, first, count, scratch) {
      const from = x + first * bytes;
      if (rows === 1 || isSparse(from, inputs * bytes, rows, count, SPARSE_PAYS)) {
        wasm.dense_backward_weights(x, delta, dw, rows, inputs, units, first, count, scratch);
        return;
      }
      gemm(true, false, count, units, rows, from, inputs, delta, units, 0, dw, units);
    },
  };
}
