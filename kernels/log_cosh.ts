/** The kernels of src/model/losses/log-cosh.ts. */
import { slopesOfTerms, sumOfTerms, Terms } from './loss';
import { expOne, log1pOne, tanh } from './math';

@unmanaged
class LogCosh extends Terms {
  /** |d| + log1p(e^(−2|d|)) − log 2 */
  @inline
  term(h: f64, y: f64, _p: f64): f64 {
    const size = abs(h - y);
    const rest = log1pOne(expOne(-2 * size));
    return size + (rest - 0.6931471805599453);
  }
  @inline
  slope(h: f64, y: f64, _p: f64): f64 {
    return f64x2.extract_lane(tanh<f64>(f64x2.splat(h - y)), 0);
  }
}

export function log_cosh_forward_f32(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  return sumOfTerms<f32, LogCosh>(h, y, weights, rows, cols, 0);
}
export function log_cosh_forward_f64(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  return sumOfTerms<f64, LogCosh>(h, y, weights, rows, cols, 0);
}
export function log_cosh_backward_f32(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
): void {
  slopesOfTerms<f32, LogCosh>(h, y, weights, delta, rows, cols, 0);
}
export function log_cosh_backward_f64(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
): void {
  slopesOfTerms<f64, LogCosh>(h, y, weights, delta, rows, cols, 0);
}
