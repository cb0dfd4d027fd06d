/** The whole update for a minibatch of one example, whose gradient is an outer product and need not be stored. */
import { mask16 } from './lists';

/** W ← W − rate·xᵀδ over x's nonzeros, b ← b − rate·δ: one row's whole update. */
@inline
function rank1<T>(x: usize, delta: usize, w: usize, b: usize, inputs: i32, units: i32, rate: T): void {
  const stride = <usize>units * sizeof<T>();
  let k = 0;
  for (; k + 16 <= inputs; k += 16, x += 16 * sizeof<T>()) {
    for (let bits = mask16<T>(x); bits != 0; bits &= bits - 1) {
      const i = <usize>ctz(bits);
      subtractRow<T>(w + (<usize>k + i) * stride, stride, delta, load<T>(x + i * sizeof<T>()), rate);
    }
  }
  for (; k < inputs; k++, x += sizeof<T>()) {
    const value = load<T>(x);
    if (value != <T>0) subtractRow<T>(w + <usize>k * stride, stride, delta, value, rate);
  }
  subtractRow<T>(b, stride, delta, <T>1, rate);
}

/** row ← row − rate·(value·δ). */
@inline
function subtractRow<T>(row: usize, bytes: usize, delta: usize, value: T, rate: T): void {
  const values = v128.splat<T>(value);
  const rates = v128.splat<T>(rate);
  const end = row + bytes;
  const vectorEnd = row + (bytes & ~15);
  const fourEnd = row + (bytes & ~63);
  for (; row < fourEnd; row += 64, delta += 64) {
    subtract<T>(row, delta, values, rates);
    subtract<T>(row + 16, delta + 16, values, rates);
    subtract<T>(row + 32, delta + 32, values, rates);
    subtract<T>(row + 48, delta + 48, values, rates);
  }
  for (; row < vectorEnd; row += 16, delta += 16) subtract<T>(row, delta, values, rates);
  for (; row < end; row += sizeof<T>(), delta += sizeof<T>()) {
    store<T>(row, <T>(load<T>(row) - <T>(rate * <T>(value * load<T>(delta)))));
  }
}

@inline
function subtract<T>(row: usize, delta: usize, values: v128, rates: v128): void {
  const g = v128.mul<T>(values, v128.load(delta));
  v128.store(row, v128.sub<T>(v128.load(row), v128.mul<T>(rates, g)));
}

export function sgd_rank1_step_f32(
  x: usize, delta: usize, w: usize, b: usize, inputs: i32, units: i32, rate: f32,
): void {
  rank1<f32>(x, delta, w, b, inputs, units, rate);
}
export function sgd_rank1_step_f64(
  x: usize, delta: usize, w: usize, b: usize, inputs: i32, units: i32, rate: f64,
): void {
  rank1<f64>(x, delta, w, b, inputs, units, rate);
}
