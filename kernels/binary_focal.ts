/** The kernels of src/model/losses/binary-focal.ts: the logits become sigmoid outputs in the same call. */
import { power, weightOf } from './loss';
import { expOne, log, log1pOne } from './math';
import { sigmoidAll } from './outputs';

/** How much a target counts; NaN: all count 1. */
@inline
function share(alpha: f64, target: f64): f64 {
  return alpha == alpha ? alpha * target + (1 - alpha) * (1 - target) : 1;
}

/** α_t·q^γ·(max(u, 0) − u·y + log(1 + e^−|u|)), q = p(1 − y) + (1 − p)y. */
@inline
function term(u: f64, y: f64, gamma: f64, alpha: f64): f64 {
  const small = expOne(-abs(u));
  const near = 1 / (1 + small); // of p and 1 − p the larger one
  const far = small / (1 + small);
  const p = u < 0 ? far : near;
  const rest = u < 0 ? near : far;
  const entropy = max<f64>(u, 0) - u * y + log1pOne(small);
  return share(alpha, y) * power(p * (1 - y) + rest * y, gamma) * entropy;
}

/** Its derivative by u, from p. */
@inline
function slope(p: f64, y: f64, gamma: f64, alpha: f64): f64 {
  const rest = 1 - p;
  const q = p * (1 - y) + rest * y;
  let entropy: f64 = 0;
  if (y != 0) entropy -= y * log(p);
  if (y != 1) entropy -= (1 - y) * log(rest);
  const bent = p == 0 || p == 1 ? 0 : gamma * ((p * rest) / q) * (1 - 2 * y) * entropy;
  return share(alpha, y) * power(q, gamma) * (bent + (p - y));
}

@inline
function forward<T>(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  gamma: f64,
  alpha: f64,
  smoothing: f64,
): f64 {
  let total: f64 = 0;
  const outputs = h;
  for (let r = 0; r < rows; r++) {
    const weight = weightOf<T>(weights, r);
    for (let k = 0; k < cols; k++, h += sizeof<T>(), y += sizeof<T>()) {
      const target = (1 - smoothing) * <f64>load<T>(y) + smoothing / 2;
      total += weight * term(<f64>load<T>(h), target, gamma, alpha);
    }
  }
  sigmoidAll<T>(outputs, outputs, rows * cols);
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
  gamma: f64,
  alpha: f64,
  smoothing: f64,
): void {
  for (let r = 0; r < rows; r++) {
    const factor = weightOf<T>(weights, r) / <f64>cols;
    for (let k = 0; k < cols; k++, h += sizeof<T>(), y += sizeof<T>(), delta += sizeof<T>()) {
      const target = (1 - smoothing) * <f64>load<T>(y) + smoothing / 2;
      store<T>(delta, <T>(factor * slope(<f64>load<T>(h), target, gamma, alpha)));
    }
  }
}

export function binary_focal_forward_f32(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  gamma: f64,
  alpha: f64,
  smoothing: f64,
): f64 {
  return forward<f32>(h, y, weights, rows, cols, gamma, alpha, smoothing);
}
export function binary_focal_forward_f64(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  gamma: f64,
  alpha: f64,
  smoothing: f64,
): f64 {
  return forward<f64>(h, y, weights, rows, cols, gamma, alpha, smoothing);
}
export function binary_focal_backward_f32(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  gamma: f64,
  alpha: f64,
  smoothing: f64,
): void {
  backward<f32>(h, y, weights, delta, rows, cols, gamma, alpha, smoothing);
}
export function binary_focal_backward_f64(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  gamma: f64,
  alpha: f64,
  smoothing: f64,
): void {
  backward<f64>(h, y, weights, delta, rows, cols, gamma, alpha, smoothing);
}
