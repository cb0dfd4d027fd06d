/** The kernels of src/model/activations/sigmoid.ts. */
import { sigmoidAll } from './outputs';
import { lanes, read, write } from './vector';

/** h(1 − h). */
@inline
function derivative<T>(h: v128): v128 {
  return v128.mul<T>(h, v128.sub<T>(v128.splat<T>(<T>1), h));
}

@inline
function backward<T>(h: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), h += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(h, left))), left);
  }
}

export function sigmoid_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  sigmoidAll<f32>(u, h, rows * cols);
}
export function sigmoid_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  sigmoidAll<f64>(u, h, rows * cols);
}
export function sigmoid_backward_f32(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(h, delta, rows, cols);
}
export function sigmoid_backward_f64(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(h, delta, rows, cols);
}
