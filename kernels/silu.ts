/** The kernels of src/model/activations/silu.ts. */
import { exp } from './math';
import { lanes, read, write } from './vector';

/** 1 + e⁻ˣ */
@inline
function divisor<T>(x: v128): v128 {
  return v128.add<T>(v128.splat<T>(<T>1), exp<T>(v128.neg<T>(x)));
}

@inline
function silu<T>(x: v128): v128 {
  return v128.div<T>(x, divisor<T>(x));
}

/** s(1 + x(1 − s)), s = 1/(1 + e⁻ˣ). */
@inline
function derivative<T>(x: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const s = v128.div<T>(one, divisor<T>(x));
  return v128.mul<T>(s, v128.add<T>(one, v128.mul<T>(x, v128.sub<T>(one, s))));
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, silu<T>(read<T>(u, left)), left);
  }
}

@inline
function backward<T>(u: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(u, left))), left);
  }
}

export function silu_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function silu_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function silu_backward_f32(u: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(u, delta, rows, cols);
}
export function silu_backward_f64(u: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(u, delta, rows, cols);
}
