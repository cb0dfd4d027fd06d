/** Adam (src/optimizers/moments.ts): mean, mean square and parameters in one pass over memory. */
import { oddWith } from './finite';
import { lanes, read, write } from './vector';

/**
 * One vector, of which `left` values are alive; returns `odd` with its new θ and v. With `decays` both decays are
 * applied, 0 or not.
 */
@inline
function moment<T>(
  odd: v128, theta: usize, g: usize, m: usize, v: usize, left: i32, factor: v128, rate: v128,
  beta1: v128, rest1: v128, beta2: v128, rest2: v128, correction1: v128, correction2: v128, epsilon: v128,
  l2: v128, weightDecay: v128, decays: bool,
): v128 {
  const before = read<T>(theta, left);
  let gradient = v128.mul<T>(factor, read<T>(g, left));
  if (decays) gradient = v128.add<T>(gradient, v128.mul<T>(l2, before));
  const mean = v128.add<T>(v128.mul<T>(beta1, read<T>(m, left)), v128.mul<T>(rest1, gradient));
  const square = v128.add<T>(
    v128.mul<T>(beta2, read<T>(v, left)),
    v128.mul<T>(v128.mul<T>(rest2, gradient), gradient),
  );
  write<T>(m, mean, left);
  write<T>(v, square, left);
  const root = v128.add<T>(v128.mul<T>(v128.sqrt<T>(square), correction2), epsilon);
  let change = v128.div<T>(v128.mul<T>(mean, correction1), root);
  if (decays) change = v128.add<T>(change, v128.mul<T>(weightDecay, before));
  const next = v128.sub<T>(before, v128.mul<T>(rate, change));
  write<T>(theta, next, left);
  return oddWith<T>(oddWith<T>(odd, next), square);
}

/** All of them. V8 does not move the splats out of a loop: they stand before it. */
@inline
function moments<T>(
  theta: usize, g: usize, m: usize, v: usize, n: i32, factor: T, rate: T,
  beta1: T, rest1: T, beta2: T, rest2: T, correction1: T, correction2: T, epsilon: T, l2: T, weightDecay: T,
  decays: bool,
): i32 {
  const factors = v128.splat<T>(factor);
  const rates = v128.splat<T>(rate);
  const b1 = v128.splat<T>(beta1);
  const r1 = v128.splat<T>(rest1);
  const b2 = v128.splat<T>(beta2);
  const r2 = v128.splat<T>(rest2);
  const c1 = v128.splat<T>(correction1);
  const c2 = v128.splat<T>(correction2);
  const e = v128.splat<T>(epsilon);
  const l = v128.splat<T>(l2);
  const w = v128.splat<T>(weightDecay);
  let odd = v128.splat<T>(<T>0);
  let left = n;
  for (; left >= lanes<T>(); left -= lanes<T>(), theta += 16, g += 16, m += 16, v += 16) {
    odd = moment<T>(odd, theta, g, m, v, lanes<T>(), factors, rates, b1, r1, b2, r2, c1, c2, e, l, w, decays);
  }
  if (left > 0) odd = moment<T>(odd, theta, g, m, v, left, factors, rates, b1, r1, b2, r2, c1, c2, e, l, w, decays);
  return <i32>v128.any_true(odd);
}

/**
 * One step; returns 1 where a new θ or v is not finite, else 0. `rest1` and `rest2` are 1 − β₁ and 1 − β₂, which rounds
 * less where it is done in float64; the corrections are 1/(1 − β₁ᵗ) and 1/√(1 − β₂ᵗ).
 */
@inline
function adam<T>(
  theta: usize, g: usize, m: usize, v: usize, n: i32, factor: T, rate: T,
  beta1: T, rest1: T, beta2: T, rest2: T, correction1: T, correction2: T, epsilon: T, l2: T, weightDecay: T,
): i32 {
  if (l2 == 0 && weightDecay == 0) {
    return moments<T>(
      theta, g, m, v, n, factor, rate,
      beta1, rest1, beta2, rest2, correction1, correction2, epsilon, l2, weightDecay, false,
    );
  }
  return moments<T>(
    theta, g, m, v, n, factor, rate,
    beta1, rest1, beta2, rest2, correction1, correction2, epsilon, l2, weightDecay, true,
  );
}

export function adam_step_f32(
  theta: usize, g: usize, m: usize, v: usize, n: i32, factor: f32, rate: f32, beta1: f32, rest1: f32, beta2: f32,
  rest2: f32, correction1: f32, correction2: f32, epsilon: f32, l2: f32, weightDecay: f32,
): i32 {
  return adam<f32>(
    theta, g, m, v, n, factor, rate,
    beta1, rest1, beta2, rest2, correction1, correction2, epsilon, l2, weightDecay,
  );
}
export function adam_step_f64(
  theta: usize, g: usize, m: usize, v: usize, n: i32, factor: f64, rate: f64, beta1: f64, rest1: f64, beta2: f64,
  rest2: f64, correction1: f64, correction2: f64, epsilon: f64, l2: f64, weightDecay: f64,
): i32 {
  return adam<f64>(
    theta, g, m, v, n, factor, rate,
    beta1, rest1, beta2, rest2, correction1, correction2, epsilon, l2, weightDecay,
  );
}
