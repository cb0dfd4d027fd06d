/** The kernels of src/model/losses/hinge.ts: the logits become sigmoid outputs in the same call. */
import { slopesOfTerms, sumOfTerms, Terms } from './loss';
import { sigmoidAll } from './outputs';

/** σ(1): outputs of a margin of 1. */
const AT_MARGIN: f64 = 0.7310585786300049;

@unmanaged
class Hinge extends Terms {
  /** max(0, 1 − u) of a yes, max(0, 1 + u) of a no; NaN stays. */
  @inline
  term(u: f64, y: f64, _p: f64): f64 {
    return max<f64>(0, y > 0.5 ? 1 - u : 1 + u);
  }
  /** By the logit, from the output. */
  @inline
  slope(h: f64, y: f64, _p: f64): f64 {
    if (y > 0.5) return h < AT_MARGIN ? -1 : h - h;
    return h > 1 - AT_MARGIN ? 1 : h - h;
  }
}

@inline
function forward<T>(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  const sum = sumOfTerms<T, Hinge>(h, y, weights, rows, cols, 0);
  sigmoidAll<T>(h, h, rows * cols);
  return sum;
}

@inline
function backward<T>(h: usize, y: usize, weights: usize, delta: usize, rows: i32, cols: i32): void {
  slopesOfTerms<T, Hinge>(h, y, weights, delta, rows, cols, 0);
}

export function hinge_forward_f32(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  return forward<f32>(h, y, weights, rows, cols);
}
export function hinge_forward_f64(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  return forward<f64>(h, y, weights, rows, cols);
}
export function hinge_backward_f32(h: usize, y: usize, weights: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(h, y, weights, delta, rows, cols);
}
export function hinge_backward_f64(h: usize, y: usize, weights: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(h, y, weights, delta, rows, cols);
}
