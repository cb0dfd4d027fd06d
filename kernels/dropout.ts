/** The kernels of src/model/layers/formulas/dropout.ts. */
import { philox, word0, word1, word2, word3 } from './philox';
import { lanes, read, write } from './vector';

/** A vector of y: x times `factor` where `keep` has all bits set, else +0. */
@inline
function keepVector<T>(x: usize, y: usize, left: i32, keep: v128, factor: v128): void {
  write<T>(y, v128.and(keep, v128.mul<T>(read<T>(x, left), factor)), left);
}

/** Four columns, of which `left` are still there; `keep` has a lane a column. */
@inline
function keepFour<T>(x: usize, y: usize, left: i32, keep: v128, factor: v128): void {
  if (left <= 0) return;
  if (sizeof<T>() == 4) {
    keepVector<T>(x, y, left, keep, factor);
  } else {
    keepVector<T>(x, y, left, i64x2.extend_low_i32x4_s(keep), factor);
    if (left > 2) keepVector<T>(x + 16, y + 16, left - 2, i64x2.extend_high_i32x4_s(keep), factor);
  }
}

@inline
function forward<T>(
  x: usize, y: usize, rows: i32, cols: i32, firstRow: u32, rate: f64, k0: u32, k1: u32, step: f64,
): void {
  const stride = <usize>cols * sizeof<T>();
  const four: usize = 4 * sizeof<T>();
  const threshold = i32x4.splat(<u32>(rate * 4294967296));
  const factor = v128.splat<T>(<T>(1 / (1 - rate)));
  const lower = i32x4.splat(<u32>(<u64>step));
  const upper = i32x4.splat(<u32>(<u64>step >> 32));
  for (let r = 0; r < rows; r++, x += stride, y += stride) {
    const row = i32x4.splat(firstRow + r);
    let blocks = i32x4(0, 1, 2, 3);
    let from = x;
    let to = y;
    for (let left = cols; left > 0; left -= 16, from += 4 * four, to += 4 * four) {
      philox(blocks, row, lower, upper, k0, k1);
      const keep0 = i32x4.ge_u(word0, threshold);
      const keep1 = i32x4.ge_u(word1, threshold);
      const keep2 = i32x4.ge_u(word2, threshold);
      const keep3 = i32x4.ge_u(word3, threshold);
      // A lane a block, a vector a column of it: the transpose has the columns in order.
      const first01 = v128.shuffle<i32>(keep0, keep1, 0, 4, 1, 5);
      const first23 = v128.shuffle<i32>(keep2, keep3, 0, 4, 1, 5);
      const last01 = v128.shuffle<i32>(keep0, keep1, 2, 6, 3, 7);
      const last23 = v128.shuffle<i32>(keep2, keep3, 2, 6, 3, 7);
      keepFour<T>(from, to, left, v128.shuffle<i64>(first01, first23, 0, 2), factor);
      keepFour<T>(from + four, to + four, left - 4, v128.shuffle<i64>(first01, first23, 1, 3), factor);
      keepFour<T>(from + 2 * four, to + 2 * four, left - 8, v128.shuffle<i64>(last01, last23, 0, 2), factor);
      keepFour<T>(from + 3 * four, to + 3 * four, left - 12, v128.shuffle<i64>(last01, last23, 1, 3), factor);
      blocks = i32x4.add(blocks, i32x4.splat(4));
    }
  }
}

export function dropout_forward_f32(
  x: usize, y: usize, rows: i32, cols: i32, firstRow: u32, rate: f64, k0: u32, k1: u32, step: f64,
): void {
  forward<f32>(x, y, rows, cols, firstRow, rate, k0, k1, step);
}
export function dropout_forward_f64(
  x: usize, y: usize, rows: i32, cols: i32, firstRow: u32, rate: f64, k0: u32, k1: u32, step: f64,
): void {
  forward<f64>(x, y, rows, cols, firstRow, rate, k0, k1, step);
}
export function dropout_backward_f32(
  delta: usize, rows: i32, cols: i32, firstRow: u32, rate: f64, k0: u32, k1: u32, step: f64,
): void {
  forward<f32>(delta, delta, rows, cols, firstRow, rate, k0, k1, step);
}
export function dropout_backward_f64(
  delta: usize, rows: i32, cols: i32, firstRow: u32, rate: f64, k0: u32, k1: u32, step: f64,
): void {
  forward<f64>(delta, delta, rows, cols, firstRow, rate, k0, k1, step);
}
