/** The kernels of src/model/layers/formulas/concat.ts. */

/** Y[r, at + c] = X[r, c]; X: rows×cols, Y: rows×stride. */
@inline
function put<T>(x: usize, y: usize, rows: i32, cols: i32, stride: i32, at: i32): void {
  const own = <usize>cols * sizeof<T>();
  const next = <usize>stride * sizeof<T>();
  y += <usize>at * sizeof<T>();
  for (; rows > 0; rows--, x += own, y += next) memory.copy(y, x, own);
}

/** X[r, c] = Y[r, at + c]. */
@inline
function take<T>(y: usize, x: usize, rows: i32, cols: i32, stride: i32, at: i32): void {
  const own = <usize>cols * sizeof<T>();
  const next = <usize>stride * sizeof<T>();
  y += <usize>at * sizeof<T>();
  for (; rows > 0; rows--, x += own, y += next) memory.copy(x, y, own);
}

export function concat_put_f32(x: usize, y: usize, rows: i32, cols: i32, stride: i32, at: i32): void {
  put<f32>(x, y, rows, cols, stride, at);
}
export function concat_put_f64(x: usize, y: usize, rows: i32, cols: i32, stride: i32, at: i32): void {
  put<f64>(x, y, rows, cols, stride, at);
}
export function concat_take_f32(y: usize, x: usize, rows: i32, cols: i32, stride: i32, at: i32): void {
  take<f32>(y, x, rows, cols, stride, at);
}
export function concat_take_f64(y: usize, x: usize, rows: i32, cols: i32, stride: i32, at: i32): void {
  take<f64>(y, x, rows, cols, stride, at);
}
