/** The kernels of src/model/losses/quantile.ts. */
import { slopesOfTerms, sumOfTerms, Terms } from './loss';

@unmanaged
class Pinball extends Terms {
  @inline
  term(h: f64, y: f64, quantile: f64): f64 {
    const d = y - h;
    return d < 0 ? (quantile - 1) * d : quantile * d;
  }
  /** 0 in the middle, and NaN stays. */
  @inline
  slope(h: f64, y: f64, quantile: f64): f64 {
    const d = y - h;
    return d > 0 ? -quantile : d < 0 ? 1 - quantile : d;
  }
}

export function quantile_forward_f32(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  quantile: f64,
): f64 {
  return sumOfTerms<f32, Pinball>(h, y, weights, rows, cols, quantile);
}
export function quantile_forward_f64(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  quantile: f64,
): f64 {
  return sumOfTerms<f64, Pinball>(h, y, weights, rows, cols, quantile);
}
export function quantile_backward_f32(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  quantile: f64,
): void {
  slopesOfTerms<f32, Pinball>(h, y, weights, delta, rows, cols, quantile);
}
export function quantile_backward_f64(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  quantile: f64,
): void {
  slopesOfTerms<f64, Pinball>(h, y, weights, delta, rows, cols, quantile);
}
