/** The kernels of src/model/activations/selu.ts. */
import { expm1 } from './math';
import { lanes, read, write } from './vector';

/** The scale λ, and λα. */
const LAMBDA = 1.0507009873554805;
const LAMBDA_ALPHA = 1.7580993408473766;

@inline
function selu<T>(x: v128): v128 {
  const above = v128.mul<T>(v128.splat<T>(<T>LAMBDA), x);
  const below = v128.mul<T>(v128.splat<T>(<T>LAMBDA_ALPHA), expm1<T>(x));
  return v128.bitselect(above, below, v128.gt<T>(x, v128.splat<T>(<T>0)));
}

/** λ where h > 0, h + λα elsewhere; NaN stays. */
@inline
function derivative<T>(h: v128): v128 {
  const below = v128.add<T>(h, v128.splat<T>(<T>LAMBDA_ALPHA));
  return v128.bitselect(v128.splat<T>(<T>LAMBDA), below, v128.gt<T>(h, v128.splat<T>(<T>0)));
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, selu<T>(read<T>(u, left)), left);
  }
}

@inline
function backward<T>(h: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), h += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(h, left))), left);
  }
}

export function selu_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function selu_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function selu_backward_f32(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(h, delta, rows, cols);
}
export function selu_backward_f64(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(h, delta, rows, cols);
}
