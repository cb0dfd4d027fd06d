/** The kernels of src/model/activations/gelu-tanh.ts. */
import { exp } from './math';
import { lanes, read, write } from './vector';

/** √(8/π), twice the factor of z. */
const TWICE = 1.5957691216057308;
const CUBE = 0.044715;
/** Farther out e^(−|2z|) is 0, and what it is multiplied with must not be infinite. */
const FAR = 50;

/** e^(−|2z|), z = √(2/π)(x + 0.044715x³). */
@inline
function power<T>(x: v128): v128 {
  const cube = v128.mul<T>(v128.splat<T>(<T>CUBE), v128.mul<T>(x, v128.mul<T>(x, x)));
  return exp<T>(v128.mul<T>(v128.splat<T>(<T>-TWICE), v128.abs<T>(v128.add<T>(x, cube))));
}

/** 1/(1 + a) above 0, a/(1 + a) elsewhere. */
@inline
function gate<T>(x: v128, a: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const above = v128.bitselect(one, a, v128.gt<T>(x, v128.splat<T>(<T>0)));
  return v128.div<T>(above, v128.add<T>(one, a));
}

@inline
function geluTanh<T>(x: v128): v128 {
  return v128.mul<T>(x, gate<T>(x, power<T>(x)));
}

/** s + x·2z′·a/(1 + a)², 2z′ = √(8/π)(1 + 3·0.044715x²). */
@inline
function derivative<T>(x: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const a = power<T>(x);
  const near = v128.min<T>(v128.max<T>(x, v128.splat<T>(<T>-FAR)), v128.splat<T>(<T>FAR));
  const square = v128.mul<T>(v128.splat<T>(<T>(3 * CUBE)), v128.mul<T>(near, near));
  const slope = v128.mul<T>(v128.splat<T>(<T>TWICE), v128.add<T>(one, square));
  const divisor = v128.add<T>(one, a);
  const bell = v128.div<T>(v128.div<T>(a, divisor), divisor);
  return v128.add<T>(gate<T>(x, a), v128.mul<T>(v128.mul<T>(near, slope), bell));
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, geluTanh<T>(read<T>(u, left)), left);
  }
}

@inline
function backward<T>(u: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(u, left))), left);
  }
}

export function gelu_tanh_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function gelu_tanh_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function gelu_tanh_backward_f32(u: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(u, delta, rows, cols);
}
export function gelu_tanh_backward_f64(u: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(u, delta, rows, cols);
}
