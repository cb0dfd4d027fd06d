/** The kernels of src/model/losses/mean-absolute-error.ts. */
import { slopesOfTerms, sumOfTerms, Terms } from './loss';

@unmanaged
class AbsoluteError extends Terms {
  /** |ŷ − y| */
  @inline
  term(h: f64, y: f64, _p: f64): f64 {
    return abs(h - y);
  }
  /** Its sign; 0 in the middle, and NaN stays. */
  @inline
  slope(h: f64, y: f64, _p: f64): f64 {
    const d = h - y;
    return d > 0 ? 1 : d < 0 ? -1 : d;
  }
}

export function mean_absolute_error_forward_f32(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  return sumOfTerms<f32, AbsoluteError>(h, y, weights, rows, cols, 0);
}
export function mean_absolute_error_forward_f64(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  return sumOfTerms<f64, AbsoluteError>(h, y, weights, rows, cols, 0);
}
export function mean_absolute_error_backward_f32(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
): void {
  slopesOfTerms<f32, AbsoluteError>(h, y, weights, delta, rows, cols, 0);
}
export function mean_absolute_error_backward_f64(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
): void {
  slopesOfTerms<f64, AbsoluteError>(h, y, weights, delta, rows, cols, 0);
}
