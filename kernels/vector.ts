/**
 * Arrays of any length, a vector at a time. The last vector of an array goes through the same code as the others with
 * only its live lanes loaded and stored, so a value's bits never depend on its position, and nothing past the array
 * is touched.
 */

/** Values of type T in a vector. */
@inline
export function lanes<T>(): i32 {
  return 16 / sizeof<T>();
}

/**
 * a·b + c. In one of the two modules rounded once, where the processor can; this is the module that all processors with a
 * fused multiply-add run (src/engines/kernels.ts). In the other the product is rounded before it is added.
 */
@inline
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(c, v128.mul<T>(a, b));
}

/** The same of single values. */
@inline
export function maddOne<T>(a: T, b: T, c: T): T {
  return v128.extract_lane<T>(madd<T>(v128.splat<T>(a), v128.splat<T>(b), v128.splat<T>(c)), 0);
}

/** The next vector of an array that has `left` > 0 values left; lanes past its end hold `fill`'s. */
@inline
export function readOr<T>(at: usize, left: i32, fill: v128): v128 {
  if (left >= lanes<T>()) return v128.load(at);
  if (sizeof<T>() == 8 || left == 1) return v128.load_lane<T>(at, fill, 0);
  const two = v128.load_lane<f64>(at, fill, 0);
  return left == 2 ? two : v128.load_lane<f32>(at + 8, two, 2);
}

/** As `readOr`, with zeros past the end. */
@inline
export function read<T>(at: usize, left: i32): v128 {
  return readOr<T>(at, left, v128.splat<T>(<T>0));
}

/** Stores the live lanes of the next vector of an array that has `left` > 0 values left. */
@inline
export function write<T>(at: usize, v: v128, left: i32): void {
  if (left >= lanes<T>()) v128.store(at, v);
  else if (sizeof<T>() == 8 || left == 1) v128.store_lane<T>(at, v, 0);
  else {
    v128.store_lane<f64>(at, v, 0);
    if (left == 3) v128.store_lane<f32>(at + 8, v, 2);
  }
}

/** The sum of a vector's lanes, in a fixed order. */
@inline
export function laneSum<T>(v: v128): T {
  if (sizeof<T>() == 8) return <T>(v128.extract_lane<T>(v, 0) + v128.extract_lane<T>(v, 1));
  const pairs = v128.add<T>(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return <T>(v128.extract_lane<T>(pairs, 0) + v128.extract_lane<T>(pairs, 1));
}

/** The largest of a vector's lanes; where some are NaN, one of the lanes. */
@inline
export function laneMax<T>(v: v128): v128 {
  const swapped = v128.pmax<T>(v, v128.shuffle<f64>(v, v, 1, 0));
  return sizeof<T>() == 8 ? swapped : v128.pmax<T>(swapped, v128.shuffle<f32>(swapped, swapped, 1, 0, 3, 2));
}
