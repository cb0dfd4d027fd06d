/** What clipping needs (src/worker/clipping.ts, update.ts): the squared norm of gradients, and their bounds. */
import { oddWith } from './finite';
import { lanes, read, write } from './vector';

/** The two halves of a vector of float32 as float64, squared and added to a sum each. */
@inline
function low(x: v128): v128 {
  const wide = f64x2.promote_low_f32x4(x);
  return f64x2.mul(wide, wide);
}

@inline
function high(x: v128): v128 {
  return low(v128.shuffle<f64>(x, x, 1, 0));
}

/** Σx² of n values in float64, in an order that follows from n alone: four sums in turn, and these at last. */
@inline
function squares<T>(x: usize, n: i32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  let left = n;
  if (sizeof<T>() == 4) {
    for (; left >= 8; left -= 8, x += 32) {
      const first = v128.load(x);
      const second = v128.load(x + 16);
      a = f64x2.add(a, low(first));
      b = f64x2.add(b, high(first));
      c = f64x2.add(c, low(second));
      d = f64x2.add(d, high(second));
    }
    for (; left > 0; left -= 4, x += 16) {
      const some = read<T>(x, left);
      a = f64x2.add(a, low(some));
      b = f64x2.add(b, high(some));
    }
  } else {
    for (; left >= 8; left -= 8, x += 64) {
      a = f64x2.add(a, f64x2.mul(v128.load(x), v128.load(x)));
      b = f64x2.add(b, f64x2.mul(v128.load(x + 16), v128.load(x + 16)));
      c = f64x2.add(c, f64x2.mul(v128.load(x + 32), v128.load(x + 32)));
      d = f64x2.add(d, f64x2.mul(v128.load(x + 48), v128.load(x + 48)));
    }
    for (; left > 0; left -= 2, x += 16) {
      const some = read<T>(x, left);
      a = f64x2.add(a, f64x2.mul(some, some));
    }
  }
  const sums = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

export function squares_f32(x: usize, n: i32): f64 {
  return squares<f32>(x, n);
}
export function squares_f64(x: usize, n: i32): f64 {
  return squares<f64>(x, n);
}

/** x ← max(−limit, min(limit, x)), NaN staying what it is; returns 1 where one of them was not finite, else 0. */
@inline
function clamp<T>(x: usize, n: i32, limit: T): i32 {
  const most = v128.splat<T>(limit);
  const least = v128.splat<T>(-limit);
  let odd = v128.splat<T>(<T>0);
  for (let left = n; left > 0; left -= lanes<T>(), x += 16) {
    const before = read<T>(x, left);
    odd = oddWith<T>(odd, before);
    write<T>(x, v128.max<T>(least, v128.min<T>(most, before)), left);
  }
  return <i32>v128.any_true(odd);
}

export function clamp_f32(x: usize, n: i32, limit: f32): i32 {
  return clamp<f32>(x, n, limit);
}
export function clamp_f64(x: usize, n: i32, limit: f64): i32 {
  return clamp<f64>(x, n, limit);
}
