/** Adadelta (src/optimizers/adadelta.ts): state and parameters in one pass over memory. */
import { oddWith } from './finite';
import { lanes, read, write } from './vector';

/** One vector, of which `left` values are alive; returns `odd` with what is new. */
@inline
function one<T>(
  odd: v128, theta: usize, g: usize, v: usize, u: usize, left: i32, factor: v128, rate: v128, rho: v128,
  rest: v128, epsilon: v128, l2: v128, weightDecay: v128,
): v128 {
  const before = read<T>(theta, left);
  const gradient = v128.add<T>(v128.mul<T>(factor, read<T>(g, left)), v128.mul<T>(l2, before));
  const square = v128.add<T>(
    v128.mul<T>(rho, read<T>(v, left)),
    v128.mul<T>(v128.mul<T>(rest, gradient), gradient),
  );
  write<T>(v, square, left);
  const changes = read<T>(u, left);
  const roots = v128.div<T>(v128.sqrt<T>(v128.add<T>(changes, epsilon)), v128.sqrt<T>(v128.add<T>(square, epsilon)));
  const change = v128.mul<T>(roots, gradient);
  const changed = v128.add<T>(v128.mul<T>(rho, changes), v128.mul<T>(v128.mul<T>(rest, change), change));
  write<T>(u, changed, left);
  const next = v128.sub<T>(before, v128.mul<T>(rate, v128.add<T>(change, v128.mul<T>(weightDecay, before))));
  write<T>(theta, next, left);
  return oddWith<T>(oddWith<T>(oddWith<T>(odd, next), square), changed);
}

/** One step; returns 1 where something new is not finite, else 0. */
@inline
function step<T>(
  theta: usize, g: usize, v: usize, u: usize, n: i32, factor: T, rate: T, rho: T, rest: T, epsilon: T, l2: T,
  weightDecay: T,
): i32 {
  const f = v128.splat<T>(factor);
  const r = v128.splat<T>(rate);
  const p = v128.splat<T>(rho);
  const p1 = v128.splat<T>(rest);
  const e = v128.splat<T>(epsilon);
  const l = v128.splat<T>(l2);
  const w = v128.splat<T>(weightDecay);
  let odd = v128.splat<T>(<T>0);
  let left = n;
  for (; left >= lanes<T>(); left -= lanes<T>(), theta += 16, g += 16, v += 16, u += 16) {
    odd = one<T>(odd, theta, g, v, u, lanes<T>(), f, r, p, p1, e, l, w);
  }
  if (left > 0) odd = one<T>(odd, theta, g, v, u, left, f, r, p, p1, e, l, w);
  return <i32>v128.any_true(odd);
}

export function adadelta_step_f32(
  theta: usize, g: usize, v: usize, u: usize, n: i32, factor: f32, rate: f32, rho: f32, rest: f32, epsilon: f32,
  l2: f32, weightDecay: f32,
): i32 {
  return step<f32>(theta, g, v, u, n, factor, rate, rho, rest, epsilon, l2, weightDecay);
}
export function adadelta_step_f64(
  theta: usize, g: usize, v: usize, u: usize, n: i32, factor: f64, rate: f64, rho: f64, rest: f64, epsilon: f64,
  l2: f64, weightDecay: f64,
): i32 {
  return step<f64>(theta, g, v, u, n, factor, rate, rho, rest, epsilon, l2, weightDecay);
}
