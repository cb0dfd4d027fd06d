/** The kernels of src/model/activations/elu.ts. */
import { expm1 } from './math';
import { lanes, read, write } from './vector';

@inline
function elu<T>(x: v128, alpha: T): v128 {
  const below = v128.mul<T>(v128.splat<T>(alpha), expm1<T>(x));
  return v128.bitselect(x, below, v128.gt<T>(x, v128.splat<T>(<T>0)));
}

/** 1 where h > 0, h + α elsewhere; NaN stays. */
@inline
function derivative<T>(h: v128, alpha: T): v128 {
  const below = v128.add<T>(h, v128.splat<T>(alpha));
  return v128.bitselect(v128.splat<T>(<T>1), below, v128.gt<T>(h, v128.splat<T>(<T>0)));
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32, alpha: T): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, elu<T>(read<T>(u, left), alpha), left);
  }
}

@inline
function backward<T>(h: usize, delta: usize, rows: i32, cols: i32, alpha: T): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), h += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(h, left), alpha)), left);
  }
}

export function elu_forward_f32(u: usize, h: usize, rows: i32, cols: i32, alpha: f32): void {
  forward<f32>(u, h, rows, cols, alpha);
}
export function elu_forward_f64(u: usize, h: usize, rows: i32, cols: i32, alpha: f64): void {
  forward<f64>(u, h, rows, cols, alpha);
}
export function elu_backward_f32(h: usize, delta: usize, rows: i32, cols: i32, alpha: f32): void {
  backward<f32>(h, delta, rows, cols, alpha);
}
export function elu_backward_f64(h: usize, delta: usize, rows: i32, cols: i32, alpha: f64): void {
  backward<f64>(h, delta, rows, cols, alpha);
}
