/** The kernels of src/model/layers/formulas/residual.ts. */
import { philox, word0 } from './philox';
import { lanes, read, write } from './vector';

/** Y = A + B. */
@inline
function add<T>(a: usize, b: usize, y: usize, n: i32): void {
  for (let left = n; left > 0; left -= lanes<T>(), a += 16, b += 16, y += 16) {
    write<T>(y, v128.add<T>(read<T>(a, left), read<T>(b, left)), left);
  }
}

/** Y = X, rows that are kept times 1/(1 − drop), the others +0. */
@inline
function keep<T>(
  x: usize, y: usize, rows: i32, cols: i32, firstRow: u32, drop: f64, k0: u32, k1: u32, step: f64,
): void {
  const threshold = <u32>(drop * 4294967296);
  const factor = v128.splat<T>(<T>(1 / (1 - drop)));
  const zero = v128.splat<T>(<T>0);
  const lower = i32x4.splat(<u32>(<u64>step));
  const upper = i32x4.splat(<u32>(<u64>step >> 32));
  const stride = <usize>cols * sizeof<T>();
  for (let r = 0; r < rows; r++, x += stride, y += stride) {
    philox(i32x4.splat(0), i32x4.splat(firstRow + r), lower, upper, k0, k1);
    const kept = <u32>i32x4.extract_lane(word0, 0) >= threshold;
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      write<T>(y + i, kept ? v128.mul<T>(read<T>(x + i, left), factor) : zero, left);
    }
  }
}

export function residual_add_f32(a: usize, b: usize, y: usize, n: i32): void {
  add<f32>(a, b, y, n);
}
export function residual_add_f64(a: usize, b: usize, y: usize, n: i32): void {
  add<f64>(a, b, y, n);
}
export function residual_keep_f32(
  x: usize, y: usize, rows: i32, cols: i32, firstRow: u32, drop: f64, k0: u32, k1: u32, step: f64,
): void {
  keep<f32>(x, y, rows, cols, firstRow, drop, k0, k1, step);
}
export function residual_keep_f64(
  x: usize, y: usize, rows: i32, cols: i32, firstRow: u32, drop: f64, k0: u32, k1: u32, step: f64,
): void {
  keep<f64>(x, y, rows, cols, firstRow, drop, k0, k1, step);
}
