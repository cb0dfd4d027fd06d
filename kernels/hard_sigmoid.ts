/** The kernels of src/model/activations/hard-sigmoid.ts. */
import { lanes, read, write } from './vector';

/** x + 3, not below 0 and not above 6, over 6; NaN stays. */
@inline
function hardSigmoid<T>(x: v128): v128 {
  const six = v128.splat<T>(<T>6);
  const moved = v128.add<T>(x, v128.splat<T>(<T>3));
  return v128.div<T>(v128.min<T>(v128.max<T>(moved, v128.splat<T>(<T>0)), six), six);
}

/** 1/6 where 0 < h < 1, 0 where h is 0 or 1, NaN elsewhere. */
@inline
function derivative<T>(h: v128): v128 {
  const inside = v128.and(v128.gt<T>(h, v128.splat<T>(<T>0)), v128.lt<T>(h, v128.splat<T>(<T>1)));
  return v128.or(
    v128.and(inside, v128.splat<T>(<T>(1.0 / 6.0))),
    v128.ne<T>(h, h), // all bits set: a NaN
  );
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, hardSigmoid<T>(read<T>(u, left)), left);
  }
}

@inline
function backward<T>(h: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), h += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(h, left))), left);
  }
}

export function hard_sigmoid_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function hard_sigmoid_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function hard_sigmoid_backward_f32(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(h, delta, rows, cols);
}
export function hard_sigmoid_backward_f64(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(h, delta, rows, cols);
}
