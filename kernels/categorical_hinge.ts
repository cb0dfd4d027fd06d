/** The kernels of src/model/losses/categorical-hinge.ts: the logits become softmax outputs in the same pass. */
import { weightOf } from './loss';
import { rowMax, softmaxRow } from './outputs';

/** The first of the largest of a row but for the place `but`; −1: there is none. */
@inline
function largest<T>(row: usize, cols: i32, but: i32): i32 {
  let found = -1;
  let most: f64 = 0;
  for (let k = 0; k < cols; k++) {
    const value = <f64>load<T>(row + <usize>k * sizeof<T>());
    if (k == but || (found >= 0 && !(value > most))) continue;
    found = k;
    most = value;
  }
  return found;
}

/** max(0, 1 + max_{j≠c} u_j − u_c), c the row's class; NaN stays. */
@inline
function forward<T>(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  let total: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const own = largest<T>(y, cols, -1);
    const other = largest<T>(h, cols, own);
    if (other >= 0) {
      const apart = <f64>load<T>(h + <usize>other * sizeof<T>()) - <f64>load<T>(h + <usize>own * sizeof<T>());
      total += weightOf<T>(weights, r) * max<f64>(0, 1 + apart);
    }
    softmaxRow<T>(h, h, cols, rowMax<T>(h, cols));
    h += <usize>cols * sizeof<T>();
    y += <usize>cols * sizeof<T>();
  }
  return total;
}

/** By the logits, from the outputs: a margin below 1 is e·h_j > h_c. */
@inline
function backward<T>(h: usize, y: usize, weights: usize, delta: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) {
    const own = largest<T>(y, cols, -1);
    const other = largest<T>(h, cols, own);
    for (let k = 0; k < cols; k++) {
      const value = load<T>(h + <usize>k * sizeof<T>());
      store<T>(delta + <usize>k * sizeof<T>(), <T>(value - value)); // NaN stays
    }
    if (other >= 0) {
      const place = <usize>other * sizeof<T>();
      const ownPlace = <usize>own * sizeof<T>();
      if (<f64>load<T>(h + place) * 2.718281828459045 > <f64>load<T>(h + ownPlace)) {
        const weight = <T>weightOf<T>(weights, r);
        store<T>(delta + place, weight);
        store<T>(delta + ownPlace, <T>-weight);
      }
    }
    h += <usize>cols * sizeof<T>();
    y += <usize>cols * sizeof<T>();
    delta += <usize>cols * sizeof<T>();
  }
}

export function categorical_hinge_forward_f32(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  return forward<f32>(h, y, weights, rows, cols);
}
export function categorical_hinge_forward_f64(h: usize, y: usize, weights: usize, rows: i32, cols: i32): f64 {
  return forward<f64>(h, y, weights, rows, cols);
}
export function categorical_hinge_backward_f32(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
): void {
  backward<f32>(h, y, weights, delta, rows, cols);
}
export function categorical_hinge_backward_f64(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
): void {
  backward<f64>(h, y, weights, delta, rows, cols);
}
