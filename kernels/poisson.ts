/** The kernels of src/model/losses/poisson.ts: from logits, which become the outputs e^u in the same call, or from outputs. */
import { outputMinusTarget, slopesOfTerms, sumOfTerms, Terms } from './loss';
import { expOne, log } from './math';
import { expAll } from './outputs';

/** What keeps the logarithm of a rate of 0 finite, as PyTorch has it. */
const LEAST: f64 = 1e-8;

@unmanaged
class OfLogits extends Terms {
  /** e^u − y·u; a count of 0 makes nothing of u, even where that is infinite. */
  @inline
  term(u: f64, y: f64, _p: f64): f64 {
    return y == 0 ? expOne(u) : expOne(u) - y * u;
  }
  @inline
  slope(u: f64, y: f64, _p: f64): f64 {
    return expOne(u) - y;
  }
}

@unmanaged
class OfRates extends Terms {
  @inline
  term(h: f64, y: f64, _p: f64): f64 {
    return h - y * log(h + LEAST);
  }
  @inline
  slope(h: f64, y: f64, _p: f64): f64 {
    return 1 - y / (h + LEAST);
  }
}

@inline
function forward<T>(h: usize, y: usize, weights: usize, rows: i32, cols: i32, logInput: f64): f64 {
  if (logInput == 0) return sumOfTerms<T, OfRates>(h, y, weights, rows, cols, 0);
  const sum = sumOfTerms<T, OfLogits>(h, y, weights, rows, cols, 0);
  expAll<T>(h, h, rows * cols);
  return sum;
}

@inline
function backward<T>(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  logInput: f64,
): void {
  if (logInput == 0) slopesOfTerms<T, OfRates>(h, y, weights, delta, rows, cols, 0);
  else outputMinusTarget<T>(h, y, weights, delta, rows, cols, 1 / <f64>cols, 0, 0);
}

export function poisson_forward_f32(h: usize, y: usize, weights: usize, rows: i32, cols: i32, logInput: f64): f64 {
  return forward<f32>(h, y, weights, rows, cols, logInput);
}
export function poisson_forward_f64(h: usize, y: usize, weights: usize, rows: i32, cols: i32, logInput: f64): f64 {
  return forward<f64>(h, y, weights, rows, cols, logInput);
}
export function poisson_backward_f32(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  logInput: f64,
): void {
  backward<f32>(h, y, weights, delta, rows, cols, logInput);
}
export function poisson_backward_f64(
  h: usize,
  y: usize,
  weights: usize,
  delta: usize,
  rows: i32,
  cols: i32,
  logInput: f64,
): void {
  backward<f64>(h, y, weights, delta, rows, cols, logInput);
}
