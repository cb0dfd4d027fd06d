/** The kernels of src/model/losses/binary-cross-entropy.ts: the logits become sigmoid outputs in the same call. */
import { outputMinusTarget, weightOf } from './loss';
import { exp, log1p } from './math';
import { sigmoidAll } from './outputs';
import { read } from './vector';

/** The next two values of an array that has `left` > 0 values left, in f64. */
@inline
function readTwo<T>(at: usize, left: i32): v128 {
  if (sizeof<T>() == 8) return read<f64>(at, left);
  return f64x2.promote_low_f32x4(left > 1 ? v128.load64_zero(at) : v128.load32_zero(at));
}

/** `total` and Σ w(max(u, 0) − u·y′ + log(1 + e^−|u|)) over n outputs, in order, in f64. */
@inline
function add<T>(total: f64, h: usize, y: usize, n: i32, weight: f64, smoothing: f64): f64 {
  for (let left = n, i: usize = 0; left > 0; left -= 2, i += 2 * sizeof<T>()) {
    const u = readTwo<T>(h + i, left);
    let target = readTwo<T>(y + i, left);
    if (smoothing != 0) {
      const kept = f64x2.mul(f64x2.splat(1 - smoothing), target);
      target = f64x2.add(kept, f64x2.splat(smoothing / 2));
    }
    const positive = v128.andnot(u, f64x2.le(u, f64x2.splat(0)));
    const linear = f64x2.sub(positive, f64x2.mul(u, target));
    let losses = f64x2.add(linear, log1p<f64>(exp<f64>(f64x2.neg(f64x2.abs(u)))));
    if (weight != 1) losses = f64x2.mul(f64x2.splat(weight), losses);
    total += f64x2.extract_lane(losses, 0);
    if (left > 1) total += f64x2.extract_lane(losses, 1);
  }
  return total;
}

@inline
function forward<T>(h: usize, y: usize, weights: usize, rows: i32, cols: i32, smoothing: f64): f64 {
  let total: f64 = 0;
  if (weights == 0) {
    // The constant 0 leaves the smoothing out of the loop.
    const n = rows * cols;
    total = smoothing == 0 ? add<T>(0, h, y, n, 1, 0) : add<T>(0, h, y, n, 1, smoothing);
  } else {
    const stride = <usize>cols * sizeof<T>();
    for (let r = 0; r < rows; r++) {
      const at = <usize>r * stride;
      total = add<T>(total, h + at, y + at, cols, weightOf<T>(weights, r), smoothing);
    }
  }
  sigmoidAll<T>(h, h, rows * cols);
  return total / <f64>cols;
}

@inline
function backward<T>(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  smoothing: f64,
): void {
  outputMinusTarget<T>(h, y, weights, delta, rows, cols, 1 / <f64>cols, smoothing, smoothing / 2);
}

export function binary_cross_entropy_forward_f32(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  smoothing: f64,
): f64 {
  return forward<f32>(h, y, weights, rows, cols, smoothing);
}
export function binary_cross_entropy_forward_f64(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  smoothing: f64,
): f64 {
  return forward<f64>(h, y, weights, rows, cols, smoothing);
}
export function binary_cross_entropy_backward_f32(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  smoothing: f64,
): void {
  backward<f32>(h, y, weights, delta, rows, cols, smoothing);
}
export function binary_cross_entropy_backward_f64(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  smoothing: f64,
): void {
  backward<f64>(h, y, weights, delta, rows, cols, smoothing);
}
