/** The kernels of src/model/losses/binary-cross-entropy.ts: the logits become sigmoid outputs in the same call. */
import { outputMinusTarget } from './loss';
import { exp, log1p } from './math';
import { sigmoidAll } from './outputs';
import { read } from './vector';

/** The next two values of an array that has `left` > 0 values left, in f64. */
@inline
function readTwo<T>(at: usize, left: i32): v128 {
  if (sizeof<T>() == 8) return read<f64>(at, left);
  return f64x2.promote_low_f32x4(left > 1 ? v128.load64_zero(at) : v128.load32_zero(at));
}

/** Σ over all outputs, in order, of max(u, 0) − u·y + log(1 + e^−|u|), in f64. */
@inline
function forward<T>(h: usize, y: usize, rows: i32, cols: i32): f64 {
  let total: f64 = 0;
  for (let left = rows * cols, i: usize = 0; left > 0; left -= 2, i += 2 * sizeof<T>()) {
    const u = readTwo<T>(h + i, left);
    const positive = v128.andnot(u, f64x2.le(u, f64x2.splat(0)));
    const linear = f64x2.sub(positive, f64x2.mul(u, readTwo<T>(y + i, left)));
    const losses = f64x2.add(linear, log1p(exp<f64>(f64x2.neg(f64x2.abs(u)))));
    total += f64x2.extract_lane(losses, 0);
    if (left > 1) total += f64x2.extract_lane(losses, 1);
  }
  sigmoidAll<T>(h, h, rows * cols);
  return total;
}

export function binary_cross_entropy_forward_f32(h: usize, y: usize, rows: i32, cols: i32): f64 {
  return forward<f32>(h, y, rows, cols);
}
export function binary_cross_entropy_forward_f64(h: usize, y: usize, rows: i32, cols: i32): f64 {
  return forward<f64>(h, y, rows, cols);
}
export function binary_cross_entropy_backward_f32(h: usize, y: usize, delta: usize, rows: i32, cols: i32): void {
  outputMinusTarget<f32>(h, y, delta, rows, cols);
}
export function binary_cross_entropy_backward_f64(h: usize, y: usize, delta: usize, rows: i32, cols: i32): void {
  outputMinusTarget<f64>(h, y, delta, rows, cols);
}
