/** The kernels of src/model/losses/kl-divergence.ts: the logits become softmax outputs in the same pass. */
import { outputMinusTarget, weightOf } from './loss';
import { log } from './math';
import { rowMax, softmaxRow } from './outputs';

/** As in cross_entropy.ts, and Σ_k y_k log y_k. A share of 0 adds nothing, even where u_k is infinite. */
@inline
function forward<T>(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  let total: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const max = rowMax<T>(h, cols);
    const top = <f64>v128.extract_lane<T>(max, 0);
    let share: f64 = 0;
    let below: f64 = 0;
    for (let k: usize = 0; k < <usize>cols; k++) {
      const target = <f64>load<T>(y + k * sizeof<T>());
      if (target == 0) continue;
      share += target;
      below += target * (top - <f64>load<T>(h + k * sizeof<T>()) + log(target));
    }
    const powers = <f64>softmaxRow<T>(h, h, cols, max);
    if (share != 0) total += weightOf<T>(weights, r) * (share * log(powers) + below);
    h += <usize>cols * sizeof<T>();
    y += <usize>cols * sizeof<T>();
  }
  return total;
}

@inline
function backward<T>(h: usize, y: usize, weights: usize, delta: usize, rows: i32, cols: i32): void {
  outputMinusTarget<T>(h, y, weights, delta, rows, cols, 1, 0, 0);
}

export function kl_divergence_forward_f32(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  return forward<f32>(h, y, weights, rows, cols);
}
export function kl_divergence_forward_f64(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  return forward<f64>(h, y, weights, rows, cols);
}
export function kl_divergence_backward_f32(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
): void {
  backward<f32>(h, y, weights, delta, rows, cols);
}
export function kl_divergence_backward_f64(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
): void {
  backward<f64>(h, y, weights, delta, rows, cols);
}
