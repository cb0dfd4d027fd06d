/** The whole update for a minibatch of one example, whose gradient is an outer product and need not be stored. */
import { allFinite, harmless } from './finite';
import { mask16 } from './lists';
import { laneSum, lanes, read } from './vector';

/**
 * W ← W − rate·xᵀδ over x's nonzeros, b ← b − rate·δ: one row's whole update. Returns 1 where a parameter is not
 * finite any more, else 0. The loop has no instruction to spare for looking at each new one. But none changed by more
 * than rate·(Σ|x| + 1)·Σ|δ|, and where that is harmless, all of them are finite if they were so before.
 */
@inline
function rank1<T>(x: usize, delta: usize, w: usize, b: usize, inputs: i32, units: i32, rate: T): i32 {
  const stride = <usize>units * sizeof<T>();
  let size: T = 1;
  let k = 0;
  for (; k + 16 <= inputs; k += 16, x += 16 * sizeof<T>()) {
    for (let bits = mask16<T>(x); bits != 0; bits &= bits - 1) {
      const i = <usize>ctz(bits);
      const value = load<T>(x + i * sizeof<T>());
      size += abs<T>(value);
      subtractRow<T>(w + (<usize>k + i) * stride, stride, delta, value, rate);
    }
  }
  for (; k < inputs; k++, x += sizeof<T>()) {
    const value = load<T>(x);
    size += abs<T>(value);
    if (value != <T>0) subtractRow<T>(w + <usize>k * stride, stride, delta, value, rate);
  }
  subtractRow<T>(b, stride, delta, <T>1, rate);
  // Not so for NaN. Every rounding on the way to a change has its like here, of a number at least as large.
  if (abs<T>(<T>(rate * <T>(size * absSum<T>(delta, units)))) < harmless<T>()) return 0;
  return <i32>!(allFinite<T>(w, inputs * units) && allFinite<T>(b, units));
}

/** Σ|x| of n values. */
@inline
function absSum<T>(x: usize, n: i32): T {
  let sums = v128.splat<T>(<T>0);
  for (let left = n; left > 0; left -= lanes<T>(), x += 16) {
    sums = v128.add<T>(sums, v128.abs<T>(read<T>(x, left)));
  }
  return laneSum<T>(sums);
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
): i32 {
  return rank1<f32>(x, delta, w, b, inputs, units, rate);
}
export function sgd_rank1_step_f64(
  x: usize, delta: usize, w: usize, b: usize, inputs: i32, units: i32, rate: f64,
): i32 {
  return rank1<f64>(x, delta, w, b, inputs, units, rate);
}
