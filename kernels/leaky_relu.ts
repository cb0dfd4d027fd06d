/** The kernels of src/model/activations/leaky-relu.ts. */
import { lanes, read, write } from './vector';

@inline
function leakyRelu<T>(x: v128, slope: T): v128 {
  const below = v128.mul<T>(v128.splat<T>(slope), x);
  return v128.bitselect(x, below, v128.gt<T>(x, v128.splat<T>(<T>0)));
}

/** 1 where h > 0, the slope where h ≤ 0, NaN elsewhere. */
@inline
function derivative<T>(h: v128, slope: T): v128 {
  const above = v128.gt<T>(h, v128.splat<T>(<T>0));
  const side = v128.bitselect(v128.splat<T>(<T>1), v128.splat<T>(slope), above);
  return v128.or(side, v128.ne<T>(h, h)); // all bits set: a NaN
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32, slope: T): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, leakyRelu<T>(read<T>(u, left), slope), left);
  }
}

@inline
function backward<T>(h: usize, delta: usize, rows: i32, cols: i32, slope: T): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), h += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(h, left), slope)), left);
  }
}

export function leaky_relu_forward_f32(u: usize, h: usize, rows: i32, cols: i32, slope: f32): void {
  forward<f32>(u, h, rows, cols, slope);
}
export function leaky_relu_forward_f64(u: usize, h: usize, rows: i32, cols: i32, slope: f64): void {
  forward<f64>(u, h, rows, cols, slope);
}
export function leaky_relu_backward_f32(h: usize, delta: usize, rows: i32, cols: i32, slope: f32): void {
  backward<f32>(h, delta, rows, cols, slope);
}
export function leaky_relu_backward_f64(h: usize, delta: usize, rows: i32, cols: i32, slope: f64): void {
  backward<f64>(h, delta, rows, cols, slope);
}
