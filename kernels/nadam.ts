/** NAdam (src/optimizers/nadam.ts): state and parameters in one pass over memory. */
import { oddWith } from './finite';
import { lanes, read, write } from './vector';

/** One vector, of which `left` values are alive; returns `odd` with what is new. */
@inline
function one<T>(
  odd: v128, theta: usize, g: usize, m: usize, v: usize, left: i32, factor: v128, rate: v128, beta1: v128,
  rest1: v128, beta2: v128, rest2: v128, ofGradient: v128, ofMean: v128, correction: v128, epsilon: v128, l2: v128,
  weightDecay: v128,
): v128 {
  const before = read<T>(theta, left);
  const gradient = v128.add<T>(v128.mul<T>(factor, read<T>(g, left)), v128.mul<T>(l2, before));
  const mean = v128.add<T>(v128.mul<T>(beta1, read<T>(m, left)), v128.mul<T>(rest1, gradient));
  const square = v128.add<T>(
    v128.mul<T>(beta2, read<T>(v, left)),
    v128.mul<T>(v128.mul<T>(rest2, gradient), gradient),
  );
  write<T>(m, mean, left);
  write<T>(v, square, left);
  const ahead = v128.add<T>(v128.mul<T>(ofGradient, gradient), v128.mul<T>(ofMean, mean));
  const root = v128.add<T>(v128.mul<T>(v128.sqrt<T>(square), correction), epsilon);
  const change = v128.div<T>(ahead, root);
  const next = v128.sub<T>(before, v128.mul<T>(rate, v128.add<T>(change, v128.mul<T>(weightDecay, before))));
  write<T>(theta, next, left);
  return oddWith<T>(oddWith<T>(odd, next), square);
}

/** One step; returns 1 where something new is not finite, else 0. */
@inline
function step<T>(
  theta: usize, g: usize, m: usize, v: usize, n: i32, factor: T, rate: T, beta1: T, rest1: T, beta2: T, rest2: T,
  ofGradient: T, ofMean: T, correction: T, epsilon: T, l2: T, weightDecay: T,
): i32 {
  const f = v128.splat<T>(factor);
  const r = v128.splat<T>(rate);
  const b1 = v128.splat<T>(beta1);
  const r1 = v128.splat<T>(rest1);
  const b2 = v128.splat<T>(beta2);
  const r2 = v128.splat<T>(rest2);
  const cg = v128.splat<T>(ofGradient);
  const cm = v128.splat<T>(ofMean);
  const c = v128.splat<T>(correction);
  const e = v128.splat<T>(epsilon);
  const l = v128.splat<T>(l2);
  const w = v128.splat<T>(weightDecay);
  let odd = v128.splat<T>(<T>0);
  let left = n;
  for (; left >= lanes<T>(); left -= lanes<T>(), theta += 16, g += 16, m += 16, v += 16) {
    odd = one<T>(odd, theta, g, m, v, lanes<T>(), f, r, b1, r1, b2, r2, cg, cm, c, e, l, w);
  }
  if (left > 0) odd = one<T>(odd, theta, g, m, v, left, f, r, b1, r1, b2, r2, cg, cm, c, e, l, w);
  return <i32>v128.any_true(odd);
}

export function nadam_step_f32(
  theta: usize, g: usize, m: usize, v: usize, n: i32, factor: f32, rate: f32, beta1: f32, rest1: f32, beta2: f32,
  rest2: f32, ofGradient: f32, ofMean: f32, correction: f32, epsilon: f32, l2: f32, weightDecay: f32,
): i32 {
  return step<f32>(
    theta, g, m, v, n, factor, rate, beta1, rest1, beta2, rest2, ofGradient, ofMean, correction, epsilon, l2,
    weightDecay,
  );
}
export function nadam_step_f64(
  theta: usize, g: usize, m: usize, v: usize, n: i32, factor: f64, rate: f64, beta1: f64, rest1: f64, beta2: f64,
  rest2: f64, ofGradient: f64, ofMean: f64, correction: f64, epsilon: f64, l2: f64, weightDecay: f64,
): i32 {
  return step<f64>(
    theta, g, m, v, n, factor, rate, beta1, rest1, beta2, rest2, ofGradient, ofMean, correction, epsilon, l2,
    weightDecay,
  );
}
