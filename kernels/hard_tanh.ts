/** The kernels of src/model/activations/hard-tanh.ts. */
import { lanes, read, write } from './vector';

/** x, not below −1 and not above 1; NaN stays. */
@inline
function hardTanh<T>(x: v128): v128 {
  return v128.min<T>(v128.max<T>(x, v128.splat<T>(<T>-1)), v128.splat<T>(<T>1));
}

/** 1 where |h| < 1, 0 where |h| = 1, NaN elsewhere. */
@inline
function derivative<T>(h: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const size = v128.abs<T>(h);
  return v128.or(
    v128.and(v128.lt<T>(size, one), one),
    v128.ne<T>(h, h), // all bits set: a NaN
  );
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, hardTanh<T>(read<T>(u, left)), left);
  }
}

@inline
function backward<T>(h: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), h += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(h, left))), left);
  }
}

export function hard_tanh_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function hard_tanh_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function hard_tanh_backward_f32(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(h, delta, rows, cols);
}
export function hard_tanh_backward_f64(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(h, delta, rows, cols);
}
