/** The kernels of src/model/activations/gelu.ts. */
import { erf } from './erf';
import { exp } from './math';
import { lanes, read, write } from './vector';

/** 1 + erf(x/√2): twice the normal distribution function. */
@inline
function twoPhi<T>(x: v128): v128 {
  const scaled = v128.mul<T>(x, v128.splat<T>(<T>0.7071067811865476));
  return v128.add<T>(v128.splat<T>(<T>1), erf<T>(scaled));
}

@inline
function gelu<T>(x: v128): v128 {
  return v128.mul<T>(v128.mul<T>(v128.splat<T>(<T>0.5), x), twoPhi<T>(x));
}

/** Φ(x) + x·e^(−x²/2)/√(2π). */
@inline
function derivative<T>(x: v128): v128 {
  const half = v128.splat<T>(<T>0.5);
  const bell = exp<T>(v128.neg<T>(v128.mul<T>(v128.mul<T>(half, x), x)));
  const density = v128.mul<T>(v128.splat<T>(<T>0.3989422804014327), bell);
  return v128.add<T>(v128.mul<T>(half, twoPhi<T>(x)), v128.mul<T>(x, density));
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, gelu<T>(read<T>(u, left)), left);
  }
}

@inline
function backward<T>(u: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(u, left))), left);
  }
}

export function gelu_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function gelu_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function gelu_backward_f32(u: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(u, delta, rows, cols);
}
export function gelu_backward_f64(u: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(u, delta, rows, cols);
}
