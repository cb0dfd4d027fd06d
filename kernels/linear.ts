/** The kernels of src/model/activations/linear.ts: H = U; the gradient passes unchanged. */

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  if (h != u) memory.copy(h, u, <usize>rows * <usize>cols * sizeof<T>());
}

export function linear_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function linear_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function linear_backward_f32(_h: usize, _delta: usize, _rows: i32, _cols: i32): void {}
export function linear_backward_f64(_h: usize, _delta: usize, _rows: i32, _cols: i32): void {}
