/** The kernels of src/model/losses/mean-squared-error.ts. */
import { lanes, read, write } from './vector';

/** Σ (h − y)² over all outputs, in order, in f64, and divided by the outputs of a row. */
@inline
function forward<T>(h: usize, y: usize, rows: i32, cols: i32): f64 {
  let sum: f64 = 0;
  const end = h + <usize>rows * <usize>cols * sizeof<T>();
  for (; h < end; h += sizeof<T>(), y += sizeof<T>()) {
    const d = <f64>load<T>(h) - <f64>load<T>(y);
    sum += d * d;
  }
  return sum / <f64>cols;
}

/** Δ = (2/K)(h − y), K outputs a row. */
@inline
function backward<T>(h: usize, y: usize, delta: usize, rows: i32, cols: i32): void {
  const factor = v128.splat<T>(<T>(2 / <f64>cols));
  for (let left = rows * cols; left > 0; left -= lanes<T>(), h += 16, y += 16, delta += 16) {
    const difference = v128.sub<T>(read<T>(h, left), read<T>(y, left));
    write<T>(delta, v128.mul<T>(factor, difference), left);
  }
}

export function mean_squared_error_forward_f32(h: usize, y: usize, rows: i32, cols: i32): f64 {
  return forward<f32>(h, y, rows, cols);
}
export function mean_squared_error_forward_f64(h: usize, y: usize, rows: i32, cols: i32): f64 {
  return forward<f64>(h, y, rows, cols);
}
export function mean_squared_error_backward_f32(h: usize, y: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(h, y, delta, rows, cols);
}
export function mean_squared_error_backward_f64(h: usize, y: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(h, y, delta, rows, cols);
}
