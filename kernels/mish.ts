/** The kernels of src/model/activations/mish.ts. */
import { exp, log1p, tanh } from './math';
import { lanes, read, write } from './vector';

/** tanh(log(1 + eˣ)), the logarithm as max(x, 0) + log1p(e^−|x|), which never overflows; NaN stays. */
@inline
function gate<T>(x: v128): v128 {
  const positive = v128.andnot(x, v128.le<T>(x, v128.splat<T>(<T>0)));
  return tanh<T>(v128.add<T>(positive, log1p<T>(exp<T>(v128.neg<T>(v128.abs<T>(x))))));
}

/** t + x(1 − t²)/(1 + e⁻ˣ) */
@inline
function derivative<T>(x: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const t = gate<T>(x);
  const rest = v128.mul<T>(x, v128.sub<T>(one, v128.mul<T>(t, t)));
  return v128.add<T>(t, v128.div<T>(rest, v128.add<T>(one, exp<T>(v128.neg<T>(x)))));
}

@inline
function forward<T>(u: usize, h: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    const x = read<T>(u, left);
    write<T>(h, v128.mul<T>(x, gate<T>(x)), left);
  }
}

@inline
function backward<T>(u: usize, delta: usize, rows: i32, cols: i32): void {
  for (let left = rows * cols; left > 0; left -= lanes<T>(), u += 16, delta += 16) {
    write<T>(delta, v128.mul<T>(read<T>(delta, left), derivative<T>(read<T>(u, left))), left);
  }
}

export function mish_forward_f32(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f32>(u, h, rows, cols);
}
export function mish_forward_f64(u: usize, h: usize, rows: i32, cols: i32): void {
  forward<f64>(u, h, rows, cols);
}
export function mish_backward_f32(u: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f32>(u, delta, rows, cols);
}
export function mish_backward_f64(u: usize, delta: usize, rows: i32, cols: i32): void {
  backward<f64>(u, delta, rows, cols);
}
