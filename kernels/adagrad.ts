/** Adagrad (src/optimizers/adagrad.ts): state and parameters in one pass over memory. */
import { oddWith } from './finite';
import { lanes, read, write } from './vector';

/** One vector, of which `left` values are alive; returns `odd` with what is new. */
@inline
function one<T>(
  odd: v128, theta: usize, g: usize, sum: usize, left: i32, factor: v128, rate: v128, slower: v128, epsilon: v128,
  l2: v128, weightDecay: v128,
): v128 {
  const before = read<T>(theta, left);
  const gradient = v128.add<T>(v128.mul<T>(factor, read<T>(g, left)), v128.mul<T>(l2, before));
  const squares = v128.add<T>(read<T>(sum, left), v128.mul<T>(gradient, gradient));
  write<T>(sum, squares, left);
  const root = v128.add<T>(v128.sqrt<T>(squares), epsilon);
  const change = v128.div<T>(v128.mul<T>(slower, gradient), root);
  const next = v128.sub<T>(before, v128.mul<T>(rate, v128.add<T>(change, v128.mul<T>(weightDecay, before))));
  write<T>(theta, next, left);
  return oddWith<T>(oddWith<T>(odd, next), squares);
}

/** One step; returns 1 where something new is not finite, else 0. */
@inline
function step<T>(
  theta: usize, g: usize, sum: usize, n: i32, factor: T, rate: T, slower: T, epsilon: T, l2: T, weightDecay: T,
): i32 {
  const f = v128.splat<T>(factor);
  const r = v128.splat<T>(rate);
  const s = v128.splat<T>(slower);
  const e = v128.splat<T>(epsilon);
  const l = v128.splat<T>(l2);
  const w = v128.splat<T>(weightDecay);
  let odd = v128.splat<T>(<T>0);
  let left = n;
  for (; left >= lanes<T>(); left -= lanes<T>(), theta += 16, g += 16, sum += 16) {
    odd = one<T>(odd, theta, g, sum, lanes<T>(), f, r, s, e, l, w);
  }
  if (left > 0) odd = one<T>(odd, theta, g, sum, left, f, r, s, e, l, w);
  return <i32>v128.any_true(odd);
}

export function adagrad_step_f32(
  theta: usize, g: usize, sum: usize, n: i32, factor: f32, rate: f32, slower: f32, epsilon: f32, l2: f32,
  weightDecay: f32,
): i32 {
  return step<f32>(theta, g, sum, n, factor, rate, slower, epsilon, l2, weightDecay);
}
export function adagrad_step_f64(
  theta: usize, g: usize, sum: usize, n: i32, factor: f64, rate: f64, slower: f64, epsilon: f64, l2: f64,
  weightDecay: f64,
): i32 {
  return step<f64>(theta, g, sum, n, factor, rate, slower, epsilon, l2, weightDecay);
}
