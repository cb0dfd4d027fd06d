/** RMSprop (src/optimizers/rmsprop.ts): state and parameters in one pass over memory. */
import { oddWith } from './finite';
import { lanes, read, write } from './vector';

/** One vector, of which `left` values are alive; returns `odd` with what is new. */
@inline
function one<T>(
  odd: v128, theta: usize, g: usize, v: usize, second: usize, third: usize, left: i32, factor: v128, rate: v128,
  alpha: v128, rest: v128, epsilon: v128, momentum: v128, l2: v128, weightDecay: v128, centers: bool, keeps: bool,
): v128 {
  const before = read<T>(theta, left);
  const gradient = v128.add<T>(v128.mul<T>(factor, read<T>(g, left)), v128.mul<T>(l2, before));
  const squares = v128.add<T>(
    v128.mul<T>(alpha, read<T>(v, left)),
    v128.mul<T>(v128.mul<T>(rest, gradient), gradient),
  );
  write<T>(v, squares, left);
  let square = squares;
  if (centers) {
    const mean = v128.add<T>(v128.mul<T>(alpha, read<T>(second, left)), v128.mul<T>(rest, gradient));
    write<T>(second, mean, left);
    square = v128.max<T>(v128.sub<T>(squares, v128.mul<T>(mean, mean)), v128.splat<T>(<T>0));
  }
  let change = v128.div<T>(gradient, v128.add<T>(v128.sqrt<T>(square), epsilon));
  if (keeps) {
    const at = centers ? third : second;
    change = v128.add<T>(v128.mul<T>(momentum, read<T>(at, left)), change);
    write<T>(at, change, left);
  }
  const next = v128.sub<T>(before, v128.mul<T>(rate, v128.add<T>(change, v128.mul<T>(weightDecay, before))));
  write<T>(theta, next, left);
  return oddWith<T>(oddWith<T>(odd, next), squares);
}

/** A loop for each kind of step, so that none does more than it must. */
@inline
function all<T>(
  theta: usize, g: usize, v: usize, second: usize, third: usize, n: i32, factor: T, rate: T, alpha: T, rest: T,
  epsilon: T, momentum: T, l2: T, weightDecay: T, centers: bool, keeps: bool,
): i32 {
  const f = v128.splat<T>(factor);
  const r = v128.splat<T>(rate);
  const a = v128.splat<T>(alpha);
  const p1 = v128.splat<T>(rest);
  const e = v128.splat<T>(epsilon);
  const mu = v128.splat<T>(momentum);
  const l = v128.splat<T>(l2);
  const w = v128.splat<T>(weightDecay);
  let odd = v128.splat<T>(<T>0);
  let left = n;
  for (; left >= lanes<T>(); left -= lanes<T>(), theta += 16, g += 16, v += 16, second += 16, third += 16) {
    odd = one<T>(odd, theta, g, v, second, third, lanes<T>(), f, r, a, p1, e, mu, l, w, centers, keeps);
  }
  if (left > 0) odd = one<T>(odd, theta, g, v, second, third, left, f, r, a, p1, e, mu, l, w, centers, keeps);
  return <i32>v128.any_true(odd);
}

/** One step; returns 1 where something new is not finite, else 0. */
@inline
function step<T>(
  theta: usize, g: usize, v: usize, second: usize, third: usize, n: i32, factor: T, rate: T, alpha: T, rest: T,
  epsilon: T, momentum: T, centered: T, l2: T, weightDecay: T,
): i32 {
  if (centered != 0) {
    if (momentum != 0) return all<T>(theta, g, v, second, third, n, factor, rate, alpha, rest, epsilon, momentum, l2, weightDecay, true, true);
    return all<T>(theta, g, v, second, third, n, factor, rate, alpha, rest, epsilon, momentum, l2, weightDecay, true, false);
  }
  if (momentum != 0) return all<T>(theta, g, v, second, third, n, factor, rate, alpha, rest, epsilon, momentum, l2, weightDecay, false, true);
  return all<T>(theta, g, v, second, third, n, factor, rate, alpha, rest, epsilon, momentum, l2, weightDecay, false, false);
}

export function rmsprop_step_f32(
  theta: usize, g: usize, v: usize, second: usize, third: usize, n: i32, factor: f32, rate: f32, alpha: f32,
  rest: f32, epsilon: f32, momentum: f32, centered: f32, l2: f32, weightDecay: f32,
): i32 {
  return step<f32>(
    theta, g, v, second, third, n, factor, rate, alpha, rest, epsilon, momentum, centered, l2, weightDecay,
  );
}
export function rmsprop_step_f64(
  theta: usize, g: usize, v: usize, second: usize, third: usize, n: i32, factor: f64, rate: f64, alpha: f64,
  rest: f64, epsilon: f64, momentum: f64, centered: f64, l2: f64, weightDecay: f64,
): i32 {
  return step<f64>(
    theta, g, v, second, third, n, factor, rate, alpha, rest, epsilon, momentum, centered, l2, weightDecay,
  );
}
