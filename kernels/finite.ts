/** Whether values are finite. */

/**
 * `odd`, and NaN in each lane where x is not finite: x − x is NaN there, else +0. A disjunction, not a sum: its
 * next term need not wait for the one before.
 */
@inline
export function oddWith<T>(odd: v128, x: v128): v128 {
  return v128.or(odd, v128.sub<T>(x, x));
}

/** Whether n values are all finite. */
@inline
export function allFinite<T>(at: usize, n: i32): bool {
  const end = at + <usize>n * sizeof<T>();
  const vectorEnd = at + ((end - at) & ~15);
  let odd = v128.splat<T>(<T>0);
  for (; at < vectorEnd; at += 16) odd = oddWith<T>(odd, v128.load(at));
  for (; at < end; at += sizeof<T>()) odd = oddWith<T>(odd, v128.load_splat<T>(at));
  return !v128.any_true(odd);
}

/**
 * No finite number becomes infinite by a change that is smaller than this, half the distance between the two largest
 * numbers: such a sum rounds to one of them at most.
 */
@inline
export function harmless<T>(): T {
  if (sizeof<T>() == 4) return <T>reinterpret<f32>((127 + 103) << 23);
  return <T>reinterpret<f64>(<u64>(1023 + 970) << 52);
}
