/** The kernels of src/model/activations/relu.ts. */
import { lanes, read, write } from './vector';

/** x, and +0 where x ≤ 0 (−0 too); NaN stays. */
@inline
function relu<T>(x: v128): v128 {
  return v128.andnot(x, v128.le<T>(x, v128.splat<T>(<T>0)));
}

/** 1 where h > 0, 0 where h = 0, NaN elsewhere. */
@inline
function derivative<T>(h: v128): v128 {
  const zero = v128.splat<T>(<T>0);
  return v128.or(
    v128.and(v128.gt<T>(h, zero), v128.splat<T>(<T>1)),
    v128.not(v128.ge<T>(h, zero)), // all bits set: a NaN
  );
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  let left = rows * cols;
  for (; left >= lanes<T>(); left -= lanes<T>(), u += 16, h += 16) v128.store(h, relu<T>(v128.load(u)));
  if (left > 0) write<T>(h, relu<T>(read<T>(u, left)), left);
}

@inline
function backward<T>(h: usize, delta: usize, rows: i32, cols: i32): void {
  let left = rows * cols;
  for (; left >= lanes<T>(); left -= lanes<T>(), h += 16, delta += 16) {
    v128.store(delta, v128.mul<T>(v128.load(delta), derivative<T>(v128.load(h))));
  }
  if (left > 0) write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(h, left))), left);
}

export function relu_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function relu_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function relu_backward_f32(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(h, delta, rows, cols);
}
export function relu_backward_f64(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(h, delta, rows, cols);
}
