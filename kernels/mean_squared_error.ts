/** The kernels of src/model/losses/mean-squared-error.ts. */
import { outputMinusTarget, weightOf } from './loss';

/** Σ w(h − y)² over all outputs, in order, in f64, and divided by the outputs of a row. */
@inline
function forward<T>(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  let sum: f64 = 0;
  if (weights == 0) {
    const end = h + <usize>rows * <usize>cols * sizeof<T>();
    for (; h < end; h += sizeof<T>(), y += sizeof<T>()) {
      const d = <f64>load<T>(h) - <f64>load<T>(y);
      sum += d * d;
    }
    return sum / <f64>cols;
  }
  for (let r = 0; r < rows; r++) {
    const weight = weightOf<T>(weights, r);
    const end = h + <usize>cols * sizeof<T>();
    for (; h < end; h += sizeof<T>(), y += sizeof<T>()) {
      const d = <f64>load<T>(h) - <f64>load<T>(y);
      sum += weight * (d * d);
    }
  }
  return sum / <f64>cols;
}

/** Δ = (2/K)·w·(h − y), K outputs a row. */
@inline
function backward<T>(h: usize, y: usize, weights: usize, delta: usize, rows: i32, cols: i32): void {
  outputMinusTarget<T>(h, y, weights, delta, rows, cols, 2 / <f64>cols, 0, 0);
}

export function mean_squared_error_forward_f32(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  return forward<f32>(h, y, weights, rows, cols);
}
export function mean_squared_error_forward_f64(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  return forward<f64>(h, y, weights, rows, cols);
}
export function mean_squared_error_backward_f32(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
): void {
  backward<f32>(h, y, weights, delta, rows, cols);
}
export function mean_squared_error_backward_f64(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
): void {
  backward<f64>(h, y, weights, delta, rows, cols);
}
