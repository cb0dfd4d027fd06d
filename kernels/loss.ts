/** What kernels of several losses share, as src/model/losses/loss.ts has it. `weights` 0: none. */
import { expOne, log } from './math';
import { lanes, read, write } from './vector';

/** The weight of row r. */
@inline
export function weightOf<T>(weights: usize, r: i32): f64 {
  return weights == 0 ? 1 : <f64>load<T>(weights + (<usize>r) * sizeof<T>());
}

/** factor·(ŷ − y′), y′ = keep·y + spread where `smooths`, else y. */
@inline
function difference<T>(h: v128, y: v128, factor: v128, smooths: bool, keep: v128, spread: v128): v128 {
  const target = smooths ? v128.add<T>(v128.mul<T>(keep, y), spread) : y;
  return v128.mul<T>(factor, v128.sub<T>(h, target));
}

/** Δ of n values. */
@inline
function differences<T>(
  h: usize,
  y: usize,
  delta: usize,
  n: i32,
  factor: v128,
  smooths: bool,
  keep: v128,
  spread: v128,
): void {
  let left = n;
  for (; left >= lanes<T>(); left -= lanes<T>(), h += 16, y += 16, delta += 16) {
    v128.store(delta, difference<T>(v128.load(h), v128.load(y), factor, smooths, keep, spread));
  }
  if (left <= 0) return;
  write<T>(delta, difference<T>(read<T>(h, left), read<T>(y, left), factor, smooths, keep, spread), left);
}

/** Δ_r = factor·w_r·(ŷ_r − y′_r) of each row r, y′ = (1 − smoothing)·y + spread. */
@inline
export function outputMinusTarget<T>(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  factor: f64,
  smoothing: f64,
  spread: f64,
): void {
  const keep = v128.splat<T>(<T>(1 - smoothing));
  const add = v128.splat<T>(<T>spread);
  if (weights == 0) {
    const all = v128.splat<T>(<T>factor);
    if (smoothing == 0) differences<T>(h, y, delta, rows * cols, all, false, keep, add);
    else differences<T>(h, y, delta, rows * cols, all, true, keep, add);
    return;
  }
  const stride = <usize>cols * sizeof<T>();
  for (let r = 0; r < rows; r++, h += stride, y += stride, delta += stride) {
    const own = v128.splat<T>(<T>(<T>factor * load<T>(weights + <usize>r * sizeof<T>())));
    differences<T>(h, y, delta, cols, own, true, keep, add);
  }
}

/**
 * What a loss is that adds up over outputs: a term of output and target, and its derivative by the output. Without state;
 * a class only because a kernel can be handed one as a type, and calls to it then cost nothing.
 */
@unmanaged
export abstract class Terms {
  /** @param p the loss's option */
  abstract term(h: f64, y: f64, p: f64): f64;
  abstract slope(h: f64, y: f64, p: f64): f64;
}

/** (1/K)·Σ_r w_r·Σ_k term of K outputs a row, in order, in f64. */
@inline
export function sumOfTerms<T, L extends Terms>(
  h: usize,
  y: usize,
  weights: usize,
  rows: i32,
  cols: i32,
  p: f64,
): f64 {
  const terms = changetype<L>(0);
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const weight = weightOf<T>(weights, r);
    for (const end = h + <usize>cols * sizeof<T>(); h < end; h += sizeof<T>(), y += sizeof<T>()) {
      sum += weight * terms.term(<f64>load<T>(h), <f64>load<T>(y), p);
    }
  }
  return sum / <f64>cols;
}

/** Δ = (w/K)·slope of each output, rounded once. */
@inline
export function slopesOfTerms<T, L extends Terms>(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  p: f64,
): void {
  const terms = changetype<L>(0);
  for (let r = 0; r < rows; r++) {
    const factor = weightOf<T>(weights, r) / <f64>cols;
    const end = h + <usize>cols * sizeof<T>();
    for (; h < end; h += sizeof<T>(), y += sizeof<T>(), delta += sizeof<T>()) {
      store<T>(delta, <T>(factor * terms.slope(<f64>load<T>(h), <f64>load<T>(y), p)));
    }
  }
}

/** x^γ, x and γ from 0 up: by multiplication where γ is a small whole number, and 1 where it is 0. */
export function power(x: f64, gamma: f64): f64 {
  if (gamma <= 4 && floor(gamma) == gamma) {
    let product: f64 = 1;
    for (let n = gamma; n > 0; n--) product *= x;
    return product;
  }
  return x == 0 ? 0 : expOne(gamma * log(x));
}
