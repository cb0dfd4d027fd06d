/** A moving average of values, as of weights (src/worker/update.ts). */
import { lanes, read, write } from './vector';

/** mean ← keep·mean + share·x for n values. */
@inline
function average<T>(mean: usize, x: usize, n: i32, keep: T, share: T): void {
  const keeps = v128.splat<T>(keep);
  const shares = v128.splat<T>(share);
  let left = n;
  for (; left >= lanes<T>(); left -= lanes<T>(), mean += 16, x += 16) {
    v128.store(
      mean,
      v128.add<T>(v128.mul<T>(keeps, v128.load(mean)), v128.mul<T>(shares, v128.load(x))),
    );
  }
  if (left > 0) {
    const before = v128.mul<T>(keeps, read<T>(mean, left));
    write<T>(mean, v128.add<T>(before, v128.mul<T>(shares, read<T>(x, left))), left);
  }
}

export function average_f32(mean: usize, x: usize, n: i32, keep: f32, share: f32): void {
  average<f32>(mean, x, n, keep, share);
}
export function average_f64(mean: usize, x: usize, n: i32, keep: f64, share: f64): void {
  average<f64>(mean, x, n, keep, share);
}
