/**
 * Products shared between lists of nonzeros and a BLAS: the columns of X that are mostly nonzero are copied together
 * for the BLAS, a vector's width at a time, and the others become lists.
 */
import { KC } from './lists';
import { sparseProductOf } from './sparse';

/** Every so many rows are looked at to see which columns are dense. */
const SAMPLE = 4;

/** Columns that can be split. */
export function split_columns_limit(): i32 {
  return KC;
}

/** Bytes of tables: a counter of 16 bytes and a flag for each group, and the two lists of groups. */
export function split_table_bytes(): usize {
  return (KC / 2) * 16 + KC / 2 + 2 * (4 + (KC / 2) * 4);
}

@inline
function flagsOf(tables: usize): usize {
  return tables + (KC / 2) * 16;
}
@inline
function denseOf(tables: usize): usize {
  return flagsOf(tables) + KC / 2;
}
@inline
function sparseOf(tables: usize): usize {
  return denseOf(tables) + 4 + (KC / 2) * 4;
}

/**
 * Sorts X's columns (rows `stride` bytes apart) by groups of a vector's width into those with more than `share`
 * nonzeros and the others. Returns the number of dense columns.
 */
@inline
function split<T>(x: usize, stride: usize, rows: i32, cols: i32, share: f64, tables: usize): i32 {
  const lanes = 16 / <i32>sizeof<T>();
  const groups = cols / lanes;
  memory.fill(tables, 0, <usize>groups << 4);
  let looked = 0;
  for (let r = 0; r < rows; r += SAMPLE, looked++, x += <usize>SAMPLE * stride) {
    let counter = tables;
    for (let at = x, end = x + (<usize>groups << 4); at < end; at += 16, counter += 16) {
      const differs = v128.ne<T>(v128.load(at), v128.splat<T>(<T>0));
      // True is −1 in each lane.
      v128.store(counter, i32x4.sub(v128.load(counter), differs));
    }
  }
  // In float64 a lane's −1 is two of 32 bits, and counts twice.
  const limit = <i32>(share * <f64>looked * 4);
  const flags = flagsOf(tables);
  let dense = denseOf(tables);
  let sparse = sparseOf(tables);
  let denseGroups = 0;
  for (let g = 0; g < groups; g++) {
    const counts = v128.load(tables + (<usize>g << 4));
    const sum =
      i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1) +
      i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
    const isDense = sum > limit;
    store<u8>(flags + g, <u8>isDense);
    if (isDense) {
      denseGroups++;
      store<u32>((dense += 4), g * lanes);
    } else store<u32>((sparse += 4), g * lanes);
  }
  store<u32>(denseOf(tables), denseGroups);
  store<u32>(sparseOf(tables), groups - denseGroups);
  return denseGroups * lanes;
}

export function split_columns_f32(x: usize, stride: usize, rows: i32, cols: i32, share: f64, tables: usize): i32 {
  return split<f32>(x, stride, rows, cols, share, tables);
}
export function split_columns_f64(x: usize, stride: usize, rows: i32, cols: i32, share: f64, tables: usize): i32 {
  return split<f64>(x, stride, rows, cols, share, tables);
}

/** The dense columns of X side by side at `to`. */
@inline
function packColumns<T>(x: usize, stride: usize, rows: i32, tables: usize, to: usize): void {
  const list = denseOf(tables) + 4;
  const end = list + (<usize>load<u32>(denseOf(tables)) << 2);
  for (let r = 0; r < rows; r++, x += stride) {
    for (let at = list; at < end; at += 4, to += 16) v128.store(to, v128.load(x + <usize>load<u32>(at) * sizeof<T>()));
  }
}

export function pack_columns_f32(x: usize, stride: usize, rows: i32, tables: usize, to: usize): void {
  packColumns<f32>(x, stride, rows, tables, to);
}
export function pack_columns_f64(x: usize, stride: usize, rows: i32, tables: usize, to: usize): void {
  packColumns<f64>(x, stride, rows, tables, to);
}

/** The rows of W that belong to X's dense columns, one after the other at `to`. */
@inline
function packRows<T>(w: usize, units: i32, tables: usize, to: usize): void {
  const bytes = <usize>units * sizeof<T>();
  const block = bytes * (16 / sizeof<T>());
  const list = denseOf(tables) + 4;
  const end = list + (<usize>load<u32>(denseOf(tables)) << 2);
  for (let at = list; at < end; at += 4, to += block) memory.copy(to, w + <usize>load<u32>(at) * bytes, block);
}

export function pack_rows_f32(w: usize, units: i32, tables: usize, to: usize): void {
  packRows<f32>(w, units, tables, to);
}
export function pack_rows_f64(w: usize, units: i32, tables: usize, to: usize): void {
  packRows<f64>(w, units, tables, to);
}

/** The way back of `pack_rows`: rows at `from` to where they belong in dW. */
@inline
function unpackRows<T>(dw: usize, units: i32, tables: usize, from: usize): void {
  const bytes = <usize>units * sizeof<T>();
  const block = bytes * (16 / sizeof<T>());
  const list = denseOf(tables) + 4;
  const end = list + (<usize>load<u32>(denseOf(tables)) << 2);
  for (let at = list; at < end; at += 4, from += block) memory.copy(dw + <usize>load<u32>(at) * bytes, from, block);
}

export function unpack_rows_f32(dw: usize, units: i32, tables: usize, from: usize): void {
  unpackRows<f32>(dw, units, tables, from);
}
export function unpack_rows_f64(dw: usize, units: i32, tables: usize, from: usize): void {
  unpackRows<f64>(dw, units, tables, from);
}

/** U ← U + X·W over the columns of X that are not dense. */
@inline
function addSparse<T>(
  x: usize, w: usize, u: usize, rows: i32, inputs: i32, units: i32, tables: usize, scratch: usize,
): void {
  const size = sizeof<T>();
  sparseProductOf<T>(
    x, <usize>inputs * size, true, w, <usize>units * size, true, u, rows, units, inputs,
    sparseOf(tables), 0, false, scratch,
  );
}

export function add_sparse_f32(
  x: usize, w: usize, u: usize, rows: i32, inputs: i32, units: i32, tables: usize, scratch: usize,
): void {
  addSparse<f32>(x, w, u, rows, inputs, units, tables, scratch);
}
export function add_sparse_f64(
  x: usize, w: usize, u: usize, rows: i32, inputs: i32, units: i32, tables: usize, scratch: usize,
): void {
  addSparse<f64>(x, w, u, rows, inputs, units, tables, scratch);
}

/** dW = XᵀΔ for `count` columns of X (rows `stride` bytes apart), 0 for those that are dense. */
@inline
function sparseWeights<T>(
  x: usize, stride: usize, delta: usize, dw: usize, rows: i32, units: i32, count: i32, tables: usize, scratch: usize,
): void {
  sparseProductOf<T>(
    x, stride, false, delta, <usize>units * sizeof<T>(), true, dw, count, units, rows,
    0, flagsOf(tables), true, scratch,
  );
}

export function sparse_weights_f32(
  x: usize, stride: usize, delta: usize, dw: usize, rows: i32, units: i32, count: i32, tables: usize, scratch: usize,
): void {
  sparseWeights<f32>(x, stride, delta, dw, rows, units, count, tables, scratch);
}
export function sparse_weights_f64(
  x: usize, stride: usize, delta: usize, dw: usize, rows: i32, units: i32, count: i32, tables: usize, scratch: usize,
): void {
  sparseWeights<f64>(x, stride, delta, dw, rows, units, count, tables, scratch);
}
