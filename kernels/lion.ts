/** Lion (src/optimizers/lion.ts): state and parameters in one pass over memory. */
import { oddWith } from './finite';
import { lanes, read, write } from './vector';

/** One vector, of which `left` values are alive; returns `odd` with what is new. */
@inline
function stepOne<T>(
  odd: v128, theta: usize, g: usize, m: usize, left: i32, factor: v128, rate: v128, beta1: v128, rest1: v128,
  beta2: v128, rest2: v128, l2: v128, weightDecay: v128,
): v128 {
  const before = read<T>(theta, left);
  const gradient = v128.add<T>(v128.mul<T>(factor, read<T>(g, left)), v128.mul<T>(l2, before));
  const old = read<T>(m, left);
  const mixed = v128.add<T>(v128.mul<T>(beta1, old), v128.mul<T>(rest1, gradient));
  const mean = v128.add<T>(v128.mul<T>(beta2, old), v128.mul<T>(rest2, gradient));
  write<T>(m, mean, left);
  // x/|x| is ±1 to the bit; an infinity is made finite before, 0/0 masked.
  const one = v128.splat<T>(<T>1);
  const near = v128.min<T>(v128.max<T>(mixed, v128.neg<T>(one)), one);
  const sign = v128.and(v128.div<T>(near, v128.abs<T>(near)), v128.ne<T>(near, v128.splat<T>(<T>0)));
  const next = v128.sub<T>(before, v128.mul<T>(rate, v128.add<T>(sign, v128.mul<T>(weightDecay, before))));
  write<T>(theta, next, left);
  return oddWith<T>(oddWith<T>(odd, next), mean);
}

/** One step; returns 1 where something new is not finite, else 0. */
@inline
function step<T>(
  theta: usize, g: usize, m: usize, n: i32, factor: T, rate: T, beta1: T, rest1: T, beta2: T, rest2: T, l2: T,
  weightDecay: T,
): i32 {
  const f = v128.splat<T>(factor);
  const r = v128.splat<T>(rate);
  const b1 = v128.splat<T>(beta1);
  const r1 = v128.splat<T>(rest1);
  const b2 = v128.splat<T>(beta2);
  const r2 = v128.splat<T>(rest2);
  const l = v128.splat<T>(l2);
  const w = v128.splat<T>(weightDecay);
  let odd = v128.splat<T>(<T>0);
  let left = n;
  for (; left >= lanes<T>(); left -= lanes<T>(), theta += 16, g += 16, m += 16) {
    odd = stepOne<T>(odd, theta, g, m, lanes<T>(), f, r, b1, r1, b2, r2, l, w);
  }
  if (left > 0) odd = stepOne<T>(odd, theta, g, m, left, f, r, b1, r1, b2, r2, l, w);
  return <i32>v128.any_true(odd);
}

export function lion_step_f32(
  theta: usize, g: usize, m: usize, n: i32, factor: f32, rate: f32, beta1: f32, rest1: f32, beta2: f32, rest2: f32,
  l2: f32, weightDecay: f32,
): i32 {
  return step<f32>(theta, g, m, n, factor, rate, beta1, rest1, beta2, rest2, l2, weightDecay);
}
export function lion_step_f64(
  theta: usize, g: usize, m: usize, n: i32, factor: f64, rate: f64, beta1: f64, rest1: f64, beta2: f64, rest2: f64,
  l2: f64, weightDecay: f64,
): i32 {
  return step<f64>(theta, g, m, n, factor, rate, beta1, rest1, beta2, rest2, l2, weightDecay);
}
