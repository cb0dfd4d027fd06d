/**
 * The wasm engine with its dense products made by the machine's BLAS. Its bits depend on that library and that
 * processor, and on the shape of each call; still not on threads, since callers cut by the configuration alone.
 */

import { isUserError, UserError } from '../errors.js';
import type { Offset } from '../model/operations.js';
import type { Precision } from '../model/precision.js';
import { type Blas, findBlas, openBlas } from './blas-library.js';
import type { Engine, EngineType } from './engine.js';
import { bindKernels, type Kernels } from './kernels.js';
import { createWasm, wasm } from './wasm.js';

/** From this share of nonzeros on a column is the BLAS's; below, the kernels, which visit these alone, are faster. */
const DENSE_FROM = 0.3;
/** From so many inputs on a BLAS is a quarter faster where the other factor is the transposed one. */
const WIDE = 256;
/** Fewer dense columns than this are no work for a BLAS, fewer sparse ones not worth a list. */
const FEWEST = 16;
/** Bytes for copies of the dense columns, and of the rows of W or dW that belong to them. */
const COLUMNS_BYTES = 2 ** 21;
const ROWS_BYTES = 2 ** 21;
/** The tables that say which are which: `split_table_bytes` of the kernels, in whole cache lines. */
const TABLE_BYTES = 12_864;

export const blas = {
  description:
    "The same, with dense products by the machine's BLAS: bits depend on that library and the processor.",
  options: {
    library: {
      type: 'text',
      path: 'or name',
      optional: true,
      description: 'Name or path of a BLAS library, e.g. libopenblas.so.0; default: the first that is found.',
    },
  },
  usesKernels: true,
  rate: 95e9,
  choose(request) {
    const { library } = request as { readonly library?: string };
    return {
      choice: { name: 'blas', library: asked(library === undefined ? 'engine' : 'engine.library', library) },
    };
  },
  sizes: (precision) => {
    const kernels = wasm.sizes(precision);
    const scratchBytes = kernels.scratchBytes + TABLE_BYTES + COLUMNS_BYTES + ROWS_BYTES;
    return { ...kernels, inOrder: false, scratchBytes };
  },
  create: ({ library }, { precision, memory, kernels }) =>
    createBlas(library as Blas, memory, bindKernels(kernels, memory, precision), precision),
} as const satisfies EngineType;

/** A BLAS that must be there; where it is not, the error begins with the key that asked for it. */
function asked(key: string, library?: string): Blas {
  try {
    return findBlas(library);
  } catch (error) {
    throw isUserError(error) ? new UserError(`${key}: ${error.message}`) : error;
  }
}

export function createBlas(
  found: Blas,
  memory: WebAssembly.Memory,
  op: Kernels,
  precision: Precision,
): Engine {
  const kernels = createWasm(op, precision);
  const library = openBlas(found, memory);
  const gemm = precision === 'float32' ? library.gemm_f32 : library.gemm_f64;
  const { bytes } = kernels;
  const columnsLimit: number = op('split_columns_limit')();
  const splitColumns = op('split_columns');
  const packColumns = op('pack_columns');
  const packRows = op('pack_rows');
  const unpackRows = op('unpack_rows');
  const addSparse = op('add_sparse');
  const sparseWeights = op('sparse_weights');
  const addBiases = op('add_biases');
  const isSparse = op('is_sparse');
  const transpose = op('transpose');

  const tablesOf = (scratch: Offset) => scratch + kernels.scratchBytes;
  const columnsOf = (scratch: Offset) => tablesOf(scratch) + TABLE_BYTES;
  const rowsOf = (scratch: Offset) => columnsOf(scratch) + COLUMNS_BYTES;

  /** How many of X's columns are the BLAS's: none, all, or some, for which the tables in scratch are then made. */
  function denseColumns(
    x: Offset,
    inputs: number,
    rows: number,
    cols: number,
    units: number,
    scratch: Offset,
  ): number {
    const stride = inputs * bytes;
    if (cols > columnsLimit) return isSparse(x, stride, rows, cols, DENSE_FROM) ? 0 : cols;
    const dense: number = splitColumns(x, stride, rows, cols, DENSE_FROM, tablesOf(scratch));
    if (dense < FEWEST) return 0;
    if (cols - dense < FEWEST) return cols;
    const fits = dense * rows * bytes <= COLUMNS_BYTES && dense * units * bytes <= ROWS_BYTES;
    return fits ? dense : isSparse(x, stride, rows, cols, DENSE_FROM) ? 0 : cols;
  }

  return {
    ...kernels,
    ...blas.sizes(precision),
    name: 'blas',

    dense_forward(x, w, b, u, rows, inputs, units, scratch) {
      const dense = rows === 1 ? 0 : denseColumns(x, inputs, rows, inputs, units, scratch);
      if (dense === 0) {
        kernels.dense_forward(x, w, b, u, rows, inputs, units, scratch);
        return;
      }
      if (dense === inputs) gemm(false, false, rows, units, inputs, x, inputs, w, units, 0, u, units);
      else {
        const tables = tablesOf(scratch);
        const [columns, own] = [columnsOf(scratch), rowsOf(scratch)];
        packColumns(x, inputs * bytes, rows, tables, columns);
        packRows(w, units, tables, own);
        gemm(false, false, rows, units, dense, columns, dense, own, units, 0, u, units);
        addSparse(x, w, u, rows, inputs, units, tables, scratch);
      }
      addBiases(u, b, rows, units);
    },

    dense_backward_input(delta, w, dx, rows, inputs, units, scratch) {
      if (rows === 1 || isSparse(delta, units * bytes, rows, units, DENSE_FROM)) {
        kernels.dense_backward_input(delta, w, dx, rows, inputs, units, scratch);
        return;
      }
      if (inputs < WIDE || inputs * rows * bytes > ROWS_BYTES) {
        gemm(false, true, rows, inputs, units, delta, units, w, units, 0, dx, inputs);
        return;
      }
      // dXᵀ = W·Δᵀ: the large factor is then read as it lies.
      const turned = rowsOf(scratch);
      gemm(false, true, inputs, rows, units, w, units, delta, units, 0, turned, rows);
      transpose(turned, dx, inputs, rows);
    },

    dense_backward_weights(x, delta, dw, rows, inputs, units, first, count, scratch) {
      const from = x + first * bytes;
      const dense = rows === 1 ? 0 : denseColumns(from, inputs, rows, count, units, scratch);
      if (dense === 0) {
        kernels.dense_backward_weights(x, delta, dw, rows, inputs, units, first, count, scratch);
        return;
      }
      if (dense === count) {
        gemm(true, false, count, units, rows, from, inputs, delta, units, 0, dw, units);
        return;
      }
      const tables = tablesOf(scratch);
      const [columns, own] = [columnsOf(scratch), rowsOf(scratch)];
      packColumns(from, inputs * bytes, rows, tables, columns);
      gemm(true, false, dense, units, rows, columns, dense, delta, units, 0, own, units);
      sparseWeights(from, inputs * bytes, delta, dw, rows, units, count, tables, scratch);
      unpackRows(dw, units, tables, own);
    },
  };
}
