/** The kernels of src/model/losses/focal.ts: the logits become softmax outputs in the same pass. */
import { power, weightOf } from './loss';
import { expOne, log } from './math';
import { rowMax, softmaxRow } from './outputs';

/** −Σ_k y_k(1 − p_k)^γ log p_k of a row, log p_k = u_k − m − log Σ_j e^(u_j − m), all in f64. */
@inline
function ofRow<T>(u: usize, y: usize, cols: i32, top: f64, gamma: f64, smoothing: f64): f64 {
  let powers: f64 = 0;
  for (let k: usize = 0; k < <usize>cols; k++) powers += expOne(<f64>load<T>(u + k * sizeof<T>()) - top);
  const logPowers = log(powers);
  let sum: f64 = 0;
  for (let k: usize = 0; k < <usize>cols; k++) {
    const target = (1 - smoothing) * <f64>load<T>(y + k * sizeof<T>()) + smoothing / <f64>cols;
    if (target == 0) continue;
    const below = top - <f64>load<T>(u + k * sizeof<T>()) + logPowers; // −log p_k
    sum += target * power(1 - expOne(-below), gamma) * below;
  }
  return sum;
}

@inline
function forward<T>(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  gamma: f64,
  smoothing: f64,
): f64 {
  let total: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const max = rowMax<T>(h, cols);
    const top = <f64>v128.extract_lane<T>(max, 0);
    total += weightOf<T>(weights, r) * ofRow<T>(h, y, cols, top, gamma, smoothing);
    softmaxRow<T>(h, h, cols, max);
    h += <usize>cols * sizeof<T>();
    y += <usize>cols * sizeof<T>();
  }
  return total;
}

/** a_k = p_k·∂l/∂p_k = y_k(γ p_k (1 − p_k)^(γ−1) log p_k − (1 − p_k)^γ); what is 0 in the limit is 0. */
@inline
function inward(p: f64, target: f64, gamma: f64): f64 {
  const rest = 1 - p;
  const bent = p == 0 || rest == 0 || gamma == 0 ? 0 : (gamma * p * log(p)) / rest;
  return target * power(rest, gamma) * (bent - 1);
}

/** Δ_j = w(a_j − p_j Σ_k a_k). */
@inline
function backward<T>(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  gamma: f64,
  smoothing: f64,
): void {
  for (let r = 0; r < rows; r++) {
    const weight = weightOf<T>(weights, r);
    let sum: f64 = 0;
    for (let k: usize = 0; k < <usize>cols; k++) {
      const target = (1 - smoothing) * <f64>load<T>(y + k * sizeof<T>()) + smoothing / <f64>cols;
      if (target != 0) sum += inward(<f64>load<T>(h + k * sizeof<T>()), target, gamma);
    }
    for (let k: usize = 0; k < <usize>cols; k++) {
      const target = (1 - smoothing) * <f64>load<T>(y + k * sizeof<T>()) + smoothing / <f64>cols;
      const p = <f64>load<T>(h + k * sizeof<T>());
      const own = target == 0 ? 0 : inward(p, target, gamma);
      store<T>(delta + k * sizeof<T>(), <T>(weight * (own - p * sum)));
    }
    h += <usize>cols * sizeof<T>();
    y += <usize>cols * sizeof<T>();
    delta += <usize>cols * sizeof<T>();
  }
}

export function focal_forward_f32(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  gamma: f64,
  smoothing: f64,
): f64 {
  return forward<f32>(h, y, weights, rows, cols, gamma, smoothing);
}
export function focal_forward_f64(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  gamma: f64,
  smoothing: f64,
): f64 {
  return forward<f64>(h, y, weights, rows, cols, gamma, smoothing);
}
export function focal_backward_f32(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  gamma: f64,
  smoothing: f64,
): void {
  backward<f32>(h, y, weights, delta, rows, cols, gamma, smoothing);
}
export function focal_backward_f64(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  gamma: f64,
  smoothing: f64,
): void {
  backward<f64>(h, y, weights, delta, rows, cols, gamma, smoothing);
}
