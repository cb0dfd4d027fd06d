/** The kernels of src/model/losses/cross-entropy.ts: the logits become softmax outputs in the same pass. */
import { outputMinusTarget } from './loss';
import { log } from './math';
import { rowMax, softmaxRow } from './outputs';

/**
 * Σ over the rows, in order, of log Σ_j e^(u_j − m) · Σ_k y_k + Σ_k y_k(m − u_k), in f64: the row's
 * Σ_k y_k(m + log Σ_j e^(u_j − m) − u_k) without adding m to what it would swallow. y_k = 0 adds nothing,
 * even where u_k is infinite.
 */
@inline
function forward<T>(h: usize, y: usize, rows: i32, cols: i32): f64 {
  let total: f64 = 0;
  for (; rows > 0; rows--) {
    const max = rowMax<T>(h, cols);
    const top = <f64>v128.extract_lane<T>(max, 0);
    let weight: f64 = 0;
    let below: f64 = 0;
    for (let k: usize = 0; k < <usize>cols; k++) {
      const target = <f64>load<T>(y + k * sizeof<T>());
      if (target == 0) continue;
      weight += target;
      below += target * (top - <f64>load<T>(h + k * sizeof<T>()));
    }
    const sum = <f64>softmaxRow<T>(h, h, cols, max);
    if (weight != 0) total += weight * log(sum) + below;
    h += <usize>cols * sizeof<T>();
    y += <usize>cols * sizeof<T>();
  }
  return total;
}

export function cross_entropy_forward_f32(h: usize, y: usize, rows: i32, cols: i32): f64 {
  return forward<f32>(h, y, rows, cols);
}
export function cross_entropy_forward_f64(h: usize, y: usize, rows: i32, cols: i32): f64 {
  return forward<f64>(h, y, rows, cols);
}
export function cross_entropy_backward_f32(h: usize, y: usize, delta: usize, rows: i32, cols: i32): void {
  outputMinusTarget<f32>(h, y, delta, rows, cols);
}
export function cross_entropy_backward_f64(h: usize, y: usize, delta: usize, rows: i32, cols: i32): void {
  outputMinusTarget<f64>(h, y, delta, rows, cols);
}
