/** The kernels of src/model/activations/relu6.ts. */
import { lanes, read, write } from './vector';

/** x, +0 where x ≤ 0 (−0 too), 6 above 6; NaN stays. */
@inline
function relu6<T>(x: v128): v128 {
  const positive = v128.andnot(x, v128.le<T>(x, v128.splat<T>(<T>0)));
  return v128.min<T>(positive, v128.splat<T>(<T>6));
}

/** 1 where 0 < h < 6, 0 where h is 0 or 6, NaN elsewhere. */
@inline
function derivative<T>(h: v128): v128 {
  const inside = v128.and(v128.gt<T>(h, v128.splat<T>(<T>0)), v128.lt<T>(h, v128.splat<T>(<T>6)));
  return v128.or(
    v128.and(inside, v128.splat<T>(<T>1)),
    v128.ne<T>(h, h), // all bits set: a NaN
  );
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, relu6<T>(read<T>(u, left)), left);
  }
}

@inline
function backward<T>(h: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), h += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(h, left))), left);
  }
}

export function relu6_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function relu6_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function relu6_backward_f32(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(h, delta, rows, cols);
}
export function relu6_backward_f64(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(h, delta, rows, cols);
}
