/** The kernels of src/model/activations/exponential.ts. */
import { expAll } from './outputs';
import { lanes, read, write } from './vector';

@inline
function backward<T>(h: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), h += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), read<T>(h, left)), left);
  }
}

export function exponential_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  expAll<f32>(u, h, rows * cols);
}
export function exponential_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  expAll<f64>(u, h, rows * cols);
}
export function exponential_backward_f32(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(h, delta, rows, cols);
}
export function exponential_backward_f64(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(h, delta, rows, cols);
}
