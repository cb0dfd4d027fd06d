/**
 * Stochastic gradient descent (src/optimizers/sgd.ts), and the whole update for a minibatch of one example, whose
 * gradient is an outer product and need not be stored.
 */
import { allFinite, harmless, oddWith } from './finite';
import { mask16 } from './lists';
import { laneSum, lanes, read, write } from './vector';

/**
 * One vector, of which `left` values are alive; returns the new θ. With `momentum` v is read and written; with `decays`
 * both decays are applied, 0 or not.
 */
@inline
function descend<T>(
  theta: usize, g: usize, v: usize, left: i32, factors: v128, rates: v128,
  mu: v128, l2: v128, weightDecay: v128, momentum: bool, nesterov: bool, decays: bool,
): v128 {
  const before = read<T>(theta, left);
  let gradient = v128.mul<T>(read<T>(g, left), factors);
  if (decays) gradient = v128.add<T>(gradient, v128.mul<T>(l2, before));
  let change = gradient;
  if (momentum) {
    const velocity = v128.add<T>(v128.mul<T>(mu, read<T>(v, left)), gradient);
    write<T>(v, velocity, left);
    change = nesterov ? v128.add<T>(gradient, v128.mul<T>(mu, velocity)) : velocity;
  }
  if (decays) change = v128.add<T>(change, v128.mul<T>(weightDecay, before));
  const next = v128.sub<T>(before, v128.mul<T>(rates, change));
  write<T>(theta, next, left);
  return next;
}

/** Four vectors a turn: looking at the results then costs less than the turns that are saved. */
@inline
function descendAll<T>(
  theta: usize, g: usize, v: usize, n: i32, factor: T, rate: T,
  momentum: T, l2: T, weightDecay: T, keeps: bool, nesterov: bool, decays: bool,
): i32 {
  const width = lanes<T>();
  const f = v128.splat<T>(factor);
  const r = v128.splat<T>(rate);
  const mu = v128.splat<T>(momentum);
  const l = v128.splat<T>(l2);
  const w = v128.splat<T>(weightDecay);
  let odd = v128.splat<T>(<T>0);
  let left = n;
  for (; left >= 4 * width; left -= 4 * width, theta += 64, g += 64) {
    odd = oddWith<T>(odd, descend<T>(theta, g, v, width, f, r, mu, l, w, keeps, nesterov, decays));
    odd = oddWith<T>(odd, descend<T>(theta + 16, g + 16, v + 16, width, f, r, mu, l, w, keeps, nesterov, decays));
    odd = oddWith<T>(odd, descend<T>(theta + 32, g + 32, v + 32, width, f, r, mu, l, w, keeps, nesterov, decays));
    odd = oddWith<T>(odd, descend<T>(theta + 48, g + 48, v + 48, width, f, r, mu, l, w, keeps, nesterov, decays));
    if (keeps) v += 64;
  }
  for (; left > 0; left -= width, theta += 16, g += 16) {
    odd = oddWith<T>(odd, descend<T>(theta, g, v, left, f, r, mu, l, w, keeps, nesterov, decays));
    if (keeps) v += 16;
  }
  return <i32>v128.any_true(odd);
}

/** A loop for each kind of step, so that none does more than it must; returns 1 where a new θ is not finite, else 0. */
@inline
function sgd<T>(
  theta: usize, g: usize, v: usize, n: i32, factor: T, rate: T, mu: T, nesterov: T, l2: T, weightDecay: T,
): i32 {
  if (l2 == 0 && weightDecay == 0) {
    if (mu == 0) return descendAll<T>(theta, g, v, n, factor, rate, mu, l2, weightDecay, false, false, false);
    if (nesterov == 0) return descendAll<T>(theta, g, v, n, factor, rate, mu, l2, weightDecay, true, false, false);
    return descendAll<T>(theta, g, v, n, factor, rate, mu, l2, weightDecay, true, true, false);
  }
  if (mu == 0) return descendAll<T>(theta, g, v, n, factor, rate, mu, l2, weightDecay, false, false, true);
  if (nesterov == 0) return descendAll<T>(theta, g, v, n, factor, rate, mu, l2, weightDecay, true, false, true);
  return descendAll<T>(theta, g, v, n, factor, rate, mu, l2, weightDecay, true, true, true);
}

export function sgd_step_f32(
  theta: usize, g: usize, v: usize, n: i32, factor: f32, rate: f32, mu: f32, nesterov: f32, l2: f32, weightDecay: f32,
): i32 {
  return sgd<f32>(theta, g, v, n, factor, rate, mu, nesterov, l2, weightDecay);
}
export function sgd_step_f64(
  theta: usize, g: usize, v: usize, n: i32, factor: f64, rate: f64, mu: f64, nesterov: f64, l2: f64, weightDecay: f64,
): i32 {
  return sgd<f64>(theta, g, v, n, factor, rate, mu, nesterov, l2, weightDecay);
}

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

/** row ← row − rate·(value·δ + 0): a gradient that is −0 is +0 where it is a sum. */
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
    store<T>(row, <T>(load<T>(row) - <T>(rate * <T>(<T>(value * load<T>(delta)) + <T>0))));
  }
}

@inline
function subtract<T>(row: usize, delta: usize, values: v128, rates: v128): void {
  const g = v128.add<T>(v128.mul<T>(values, v128.load(delta)), v128.splat<T>(<T>0));
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
