/** The kernels of src/model/activations/squareplus.ts. */
import { lanes, read, write } from './vector';

/** √(x² + 4) */
@inline
function root<T>(x: v128): v128 {
  return v128.sqrt<T>(v128.add<T>(v128.mul<T>(x, x), v128.splat<T>(<T>4)));
}

/** (x + r)/2, below 0 as 2/(r − x); NaN stays. */
@inline
function squareplus<T>(x: v128): v128 {
  const two = v128.splat<T>(<T>2);
  const r = root<T>(x);
  const above = v128.div<T>(v128.add<T>(x, r), two);
  const below = v128.div<T>(two, v128.sub<T>(r, x));
  return v128.bitselect(above, below, v128.gt<T>(x, v128.splat<T>(<T>0)));
}

/** f(x)/r */
@inline
function derivative<T>(x: v128): v128 {
  return v128.div<T>(squareplus<T>(x), root<T>(x));
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, squareplus<T>(read<T>(u, left)), left);
  }
}

@inline
function backward<T>(u: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(u, left))), left);
  }
}

export function squareplus_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function squareplus_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function squareplus_backward_f32(u: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(u, delta, rows, cols);
}
export function squareplus_backward_f64(u: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(u, delta, rows, cols);
}
