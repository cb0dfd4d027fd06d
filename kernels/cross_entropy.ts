/** The kernels of src/model/losses/cross-entropy.ts: the logits become softmax outputs in the same pass. */
import { outputMinusTarget, weightOf } from './loss';
import { log } from './math';
import { rowMax, softmaxRow } from './outputs';

/**
 * Σ over the rows, in order, of w times log Σ_j e^(u_j − m) · Σ_k y_k + Σ_k y_k(m − u_k), in f64: the row's
 * Σ_k y_k(m + log Σ_j e^(u_j − m) − u_k) without adding m to what it would swallow. y_k = 0 adds nothing,
 * even where u_k is infinite.
 */
@inline
function sum<T>(h: usize, y: usize, weights: usize, rows: i32, cols: i32, smoothing: f64): f64 {
  let total: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const max = rowMax<T>(h, cols);
    const top = <f64>v128.extract_lane<T>(max, 0);
    let share: f64 = 0;
    let below: f64 = 0;
    for (let k: usize = 0; k < <usize>cols; k++) {
      let target = <f64>load<T>(y + k * sizeof<T>());
      if (smoothing != 0) target = (1 - smoothing) * target + smoothing / <f64>cols;
      if (target == 0) continue;
      share += target;
      below += target * (top - <f64>load<T>(h + k * sizeof<T>()));
    }
    const powers = <f64>softmaxRow<T>(h, h, cols, max);
    if (share != 0) {
      const loss = share * log(powers) + below;
      total += weights == 0 ? loss : weightOf<T>(weights, r) * loss;
    }
    h += <usize>cols * sizeof<T>();
    y += <usize>cols * sizeof<T>();
  }
  return total;
}

/** Constants of 0 leave out of the loop what weights and smoothing take. */
@inline
function forward<T>(h: usize, y: usize, weights: usize, rows: i32, cols: i32, smoothing: f64): f64 {
  const plain = weights == 0 && smoothing == 0;
  return plain ? sum<T>(h, y, 0, rows, cols, 0) : sum<T>(h, y, weights, rows, cols, smoothing);
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
  outputMinusTarget<T>(h, y, weights, delta, rows, cols, 1, smoothing, smoothing / <f64>cols);
}

export function cross_entropy_forward_f32(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  smoothing: f64,
): f64 {
  return forward<f32>(h, y, weights, rows, cols, smoothing);
}
export function cross_entropy_forward_f64(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  smoothing: f64,
): f64 {
  return forward<f64>(h, y, weights, rows, cols, smoothing);
}
export function cross_entropy_backward_f32(
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
export function cross_entropy_backward_f64(
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
