/**
 * Sigmoid, softmax and eᵘ as their own kernels and the losses that start from logits both use them, so that the
 * outputs have the same bits either way.
 */
import { exp, tanh } from './math';
import { laneMax, laneSum, lanes, read, readOr, write } from './vector';

/** ½·tanh(x/2) + ½. */
@inline
function sigmoid<T>(x: v128): v128 {
  const half = v128.splat<T>(<T>0.5);
  return v128.add<T>(v128.mul<T>(half, tanh<T>(v128.mul<T>(half, x))), half);
}

/** H = f(U) for n values. */
@inline
export function sigmoidAll<T>(u: usize, h: usize, n: i32): void {
  for (let left = n; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, sigmoid<T>(read<T>(u, left)), left);
  }
}

/** H = eᵘ for n values. */
@inline
export function expAll<T>(u: usize, h: usize, n: i32): void {
  for (let left = n; left > 0; left -= lanes<T>(), u += 16, h += 16) {
    write<T>(h, exp<T>(read<T>(u, left)), left);
  }
}

/** The largest value of a row in every lane; NaN never counts, as it reaches every output through the sum. */
@inline
export function rowMax<T>(u: usize, cols: i32): v128 {
  const lowest = v128.splat<T>(<T>-Infinity);
  let max = lowest;
  for (let left = cols; left > 0; left -= lanes<T>(), u += 16) {
    max = v128.pmax<T>(max, readOr<T>(u, left, lowest));
  }
  return laneMax<T>(max);
}

/** h = e^(u − m)/Σe^(u − m) of one row whose `rowMax` is `max`; returns the sum. */
@inline
export function softmaxRow<T>(u: usize, h: usize, cols: i32, max: v128): T {
  const lowest = v128.splat<T>(<T>-Infinity);
  let sums = v128.splat<T>(<T>0);
  let out = h;
  for (let left = cols; left > 0; left -= lanes<T>(), u += 16, out += 16) {
    const e = exp<T>(v128.sub<T>(readOr<T>(u, left, lowest), max));
    sums = v128.add<T>(sums, e); // e^−∞ = 0 past the row's end
    write<T>(out, e, left);
  }
  const sum = laneSum<T>(sums);
  const divisor = v128.splat<T>(sum);
  for (let left = cols; left > 0; left -= lanes<T>(), h += 16) {
    write<T>(h, v128.div<T>(read<T>(h, left), divisor), left);
  }
  return sum;
}
