/** The kernels of src/model/activations/softsign.ts. */
import { lanes, read, write } from './vector';

/** 1 + |x| */
@inline
function divisor<T>(x: v128): v128 {
  return v128.add<T>(v128.splat<T>(<T>1), v128.abs<T>(x));
}

@inline
function softsign<T>(x: v128): v128 {
  return v128.div<T>(x, divisor<T>(x));
}

/** 1/(1 + |x|)² */
@inline
function derivative<T>(x: v128): v128 {
  const part = v128.div<T>(v128.splat<T>(<T>1), divisor<T>(x));
  return v128.mul<T>(part, part);
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, softsign<T>(read<T>(u, left)), left);
  }
}

@inline
function backward<T>(u: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(u, left))), left);
  }
}

export function softsign_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function softsign_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function softsign_backward_f32(u: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(u, delta, rows, cols);
}
export function softsign_backward_f64(u: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(u, delta, rows, cols);
}
