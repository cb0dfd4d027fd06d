/** The kernels of src/model/activations/softplus.ts. */
import { exp, expm1, log1p } from './math';
import { lanes, read, write } from './vector';

/** max(x, 0) + log1p(e^−|x|); NaN stays. */
@inline
function softplus<T>(x: v128): v128 {
  const positive = v128.andnot(x, v128.le<T>(x, v128.splat<T>(<T>0)));
  return v128.add<T>(positive, log1p<T>(exp<T>(v128.neg<T>(v128.abs<T>(x)))));
}

/** 1 − e⁻ʰ, h ≥ 0. */
@inline
function derivative<T>(h: v128): v128 {
  return v128.neg<T>(expm1<T>(v128.neg<T>(h)));
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, softplus<T>(read<T>(u, left)), left);
  }
}

@inline
function backward<T>(h: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), h += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(h, left))), left);
  }
}

export function softplus_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function softplus_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function softplus_backward_f32(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(h, delta, rows, cols);
}
export function softplus_backward_f64(h: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(h, delta, rows, cols);
}
