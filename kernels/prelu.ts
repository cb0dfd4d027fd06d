/** The kernels of src/model/layers/formulas/prelu.ts. */
import { lanes, read, write } from './vector';

/** The slopes of the columns from i on, `left` of them. */
@inline
function slopesAt<T>(slopes: usize, i: usize, left: i32, each: i32): v128 {
  return each ? read<T>(slopes + i, left) : v128.splat<T>(load<T>(slopes));
}

@inline
function forward<T>(x: usize, slopes: usize, y: usize, rows: i32, cols: i32, each: i32): void {
  const zero = v128.splat<T>(<T>0);
  const stride = <usize>cols * sizeof<T>();
  for (; rows > 0; rows--, x += stride, y += stride) {
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      const value = read<T>(x + i, left);
      const below = v128.mul<T>(slopesAt<T>(slopes, i, left, each), value);
      write<T>(y + i, v128.bitselect(value, below, v128.gt<T>(value, zero)), left);
    }
  }
}

/** Column by column the sums in the rows' order, from +0; of one slope for all their sum, in the columns' order. */
@inline
function backward<T>(
  x: usize, slopes: usize, delta: usize, sums: usize, rows: i32, cols: i32, each: i32,
): void {
  const zero = v128.splat<T>(<T>0);
  const stride = <usize>cols * sizeof<T>();
  for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
    const slope = slopesAt<T>(slopes, i, left, each);
    let sum = zero;
    let from = x + i;
    let at = delta + i;
    for (let r = 0; r < rows; r++, from += stride, at += stride) {
      const value = read<T>(from, left);
      const d = read<T>(at, left);
      const above = v128.gt<T>(value, zero);
      sum = v128.add<T>(sum, v128.andnot(v128.mul<T>(d, value), above));
      write<T>(at, v128.bitselect(d, v128.mul<T>(d, slope), above), left);
    }
    write<T>(sums + i, sum, left);
  }
  if (each) return;
  let all = load<T>(sums);
  for (let c = 1; c < cols; c++) all += load<T>(sums + <usize>c * sizeof<T>());
  store<T>(sums, all);
}

export function prelu_forward_f32(x: usize, slopes: usize, y: usize, rows: i32, cols: i32, each: i32): void {
  forward<f32>(x, slopes, y, rows, cols, each);
}
export function prelu_forward_f64(x: usize, slopes: usize, y: usize, rows: i32, cols: i32, each: i32): void {
  forward<f64>(x, slopes, y, rows, cols, each);
}
export function prelu_backward_f32(
  x: usize, slopes: usize, delta: usize, sums: usize, rows: i32, cols: i32, each: i32,
): void {
  backward<f32>(x, slopes, delta, sums, rows, cols, each);
}
export function prelu_backward_f64(
  x: usize, slopes: usize, delta: usize, sums: usize, rows: i32, cols: i32, each: i32,
): void {
  backward<f64>(x, slopes, delta, sums, rows, cols, each);
}
