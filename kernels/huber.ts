/** The kernels of src/model/losses/huber.ts. */
import { slopesOfTerms, sumOfTerms, Terms } from './loss';

@unmanaged
class Huber extends Terms {
  @inline
  term(h: f64, y: f64, bend: f64): f64 {
    const size = abs(h - y);
    return size > bend ? bend * (size - 0.5 * bend) : 0.5 * size * size;
  }
  @inline
  slope(h: f64, y: f64, bend: f64): f64 {
    const d = h - y;
    return d > bend ? bend : d < -bend ? -bend : d;
  }
}

export function huber_forward_f32(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  bend: f64,
): f64 {
  return sumOfTerms<f32, Huber>(h, y, weights, rows, cols, bend);
}
export function huber_forward_f64(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  bend: f64,
): f64 {
  return sumOfTerms<f64, Huber>(h, y, weights, rows, cols, bend);
}
export function huber_backward_f32(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  bend: f64,
): void {
  slopesOfTerms<f32, Huber>(h, y, weights, delta, rows, cols, bend);
}
export function huber_backward_f64(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  bend: f64,
): void {
  slopesOfTerms<f64, Huber>(h, y, weights, delta, rows, cols, bend);
}
