/**
 * exp, expm1, tanh, log and log1p, the same bits on every machine: strict SIMD, no fused multiply-add, no tables in
 * memory. Errors are in units in the last place (ulp): the bound, and the largest seen,
 * in f32 over all numbers of size 1e-10 and up. test/engines/math.ts measures anew, in f32 every 1021st number.
 *
 * f64: e^x and the logarithms are fdlibm's (e_exp.c, e_log.c; in f32 e_logf.c). Copyright (C) 1993 by Sun Microsystems, Inc.
 * All rights reserved. Permission to use, copy, modify, and distribute this software is freely granted,
 * provided that this notice is preserved.
 * f32: e^x with the coefficients of Cephes' expf. tanh near 0 with those of Cephes' tanhf and tanh
 * (S. L. Moshier, 1984–1992).
 */
import { lanes, read, write } from './vector';

/**
 * Adding 1.5·2^(bits of the significand) rounds to the nearest integer n, and leaves n in the low bits of the
 * sum; the bits above those of n are shifted out when n becomes an exponent.
 */
@inline
function rounder<T>(): v128 {
  return sizeof<T>() == 4 ? f32x4.splat(12582912.0) : f64x2.splat(6755399441055744.0);
}

/** The nearest integer to x·log₂e, `rounder` still added to it. */
@inline
function nearestPower<T>(x: v128): v128 {
  return v128.add<T>(v128.mul<T>(x, v128.splat<T>(<T>1.4426950408889634)), rounder<T>());
}

/** x − n·ln 2 = high − low (Cody and Waite 1980): n·(ln 2's high part) is exact. */
@inline
function high<T>(x: v128, n: v128): v128 {
  const ln2 = v128.splat<T>(<T>(sizeof<T>() == 4 ? 0.693359375 : 6.9314718036912381649e-1));
  return v128.sub<T>(x, v128.mul<T>(n, ln2));
}
@inline
function low<T>(n: v128): v128 {
  return v128.mul<T>(n, v128.splat<T>(<T>(sizeof<T>() == 4 ? -2.12194440e-4 : 1.90821492927058770002e-10)));
}

/** n, as `nearestPower` leaves it, in the place of the exponent (two's complement). */
@inline
function exponent<T>(power: v128): v128 {
  return sizeof<T>() == 4 ? i32x4.shl(power, 23) : i64x2.shl(power, 52);
}

/** 2ⁿ from n in the place of the exponent. */
@inline
function powerOfTwo<T>(exponent: v128): v128 {
  return sizeof<T>() == 4
    ? i32x4.add(exponent, i32x4.splat(0x3f800000))
    : i64x2.add(exponent, i64x2.splat(0x3ff0000000000000));
}

/** a + b·x */
@inline
export function plus<T>(a: f64, b: v128, x: v128): v128 {
  return v128.add<T>(v128.splat<T>(<T>a), v128.mul<T>(b, x));
}

/** e^(x − n·ln 2) − 1, n the nearest integer to x·log₂e: between √½ − 1 and √2 − 1. */
@inline
function expm1Reduced<T>(x: v128, n: v128): v128 {
  const hi = high<T>(x, n);
  const lo = low<T>(n);
  const r = v128.sub<T>(hi, lo);
  const square = v128.mul<T>(r, r);
  let rest: v128; // e^r − 1 − r
  if (sizeof<T>() == 4) {
    let p = f32x4.splat(1.9875691500e-4);
    p = plus<T>(1.3981999507e-3, p, r);
    p = plus<T>(8.3334519073e-3, p, r);
    p = plus<T>(4.1665795894e-2, p, r);
    p = plus<T>(1.6666665459e-1, p, r);
    p = plus<T>(5.0000001201e-1, p, r);
    rest = v128.mul<T>(p, square);
  } else {
    let p = f64x2.splat(4.13813679705723846039e-8);
    p = plus<T>(-1.6533902205465251539e-6, p, square);
    p = plus<T>(6.61375632143793436117e-5, p, square);
    p = plus<T>(-2.77777777770155933842e-3, p, square);
    p = plus<T>(1.66666666666666019037e-1, p, square);
    const c = v128.sub<T>(r, v128.mul<T>(square, p));
    rest = v128.div<T>(v128.mul<T>(r, c), v128.sub<T>(v128.splat<T>(<T>2), c));
  }
  return v128.add<T>(hi, v128.sub<T>(rest, lo));
}

/** e^(x − n·ln 2) */
@inline
function expReduced<T>(x: v128, n: v128): v128 {
  return v128.add<T>(v128.splat<T>(<T>1), expm1Reduced<T>(x, n));
}

/**
 * eˣ of each lane. Error: below 1 ulp, subnormal results included (f32 0.90, f64 0.81 over some
 * thousand numbers). Infinity above ln(largest finite), 0 below ln(smallest subnormal / 2); NaN stays NaN.
 */
@inline
export function exp<T>(x: v128): v128 {
  // Beyond these the result is 0 or infinity, and n would not fit; pmin and pmax let NaN through.
  x = v128.pmin<T>(x, v128.splat<T>(<T>(sizeof<T>() == 4 ? 89 : 710)));
  x = v128.pmax<T>(x, v128.splat<T>(<T>(sizeof<T>() == 4 ? -104 : -746)));
  const power = nearestPower<T>(x);
  const y = expReduced<T>(x, v128.sub<T>(power, rounder<T>()));
  // 2ⁿ may be no normal number though y·2ⁿ is: two factors, of which only the second product rounds.
  const whole = exponent<T>(power);
  if (sizeof<T>() == 4) {
    const half = v128.and(i32x4.shr_s(whole, 1), i32x4.splat(0xff800000));
    return v128.mul<T>(v128.mul<T>(y, powerOfTwo<T>(half)), powerOfTwo<T>(i32x4.sub(whole, half)));
  }
  const half = v128.and(i64x2.shr_s(whole, 1), i64x2.splat(0xfff0000000000000));
  return v128.mul<T>(v128.mul<T>(y, powerOfTwo<T>(half)), powerOfTwo<T>(i64x2.sub(whole, half)));
}

/**
 * eˣ − 1 of each lane, x ≤ 0, with the sign of x, zeros included; NaN stays NaN. Error: below 1.5 ulp
 * (f32 0.95, f64 0.80 over some thousand numbers).
 */
@inline
export function expm1<T>(x: v128): v128 {
  // e^−40 is nothing beside 1 in both precisions; pmax lets NaN through.
  const y = v128.pmax<T>(x, v128.splat<T>(<T>-40));
  const power = nearestPower<T>(y);
  const scale = powerOfTwo<T>(exponent<T>(power));
  const reduced = expm1Reduced<T>(y, v128.sub<T>(power, rounder<T>()));
  const size = v128.add<T>(v128.mul<T>(scale, reduced), v128.sub<T>(scale, v128.splat<T>(<T>1)));
  return v128.or(size, v128.and(x, v128.splat<T>(<T>-0.0)));
}

/**
 * tanh of each lane, with the sign of x, zeros included: x + x·R(x²) for |x| ≤ 0.625 (Cephes), above that
 * 1 − 2q/(1 + q) with q = e^(−2|x|). Error: below 1.5 ulp (f32 1.44, f64 1.35 over some thousand
 * numbers); NaN stays NaN.
 */
@inline
export function tanh<T>(x: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const a = v128.abs<T>(x);
  const small = v128.le<T>(a, v128.splat<T>(<T>0.625));
  // tanh 20 is 1 in both precisions; pmin lets NaN through.
  const y = v128.mul<T>(v128.pmin<T>(a, v128.splat<T>(<T>20)), v128.splat<T>(<T>-2));
  const power = nearestPower<T>(y);
  const q = v128.mul<T>(
    expReduced<T>(y, v128.sub<T>(power, rounder<T>())),
    powerOfTwo<T>(exponent<T>(power)),
  );
  const z = v128.mul<T>(a, a);
  let near: v128;
  let far: v128;
  if (sizeof<T>() == 4) {
    let p = f32x4.splat(-5.70498872745e-3);
    p = plus<T>(2.06390887954e-2, p, z);
    p = plus<T>(-5.37397155531e-2, p, z);
    p = plus<T>(1.33314422036e-1, p, z);
    p = plus<T>(-3.33332819422e-1, p, z);
    near = v128.mul<T>(p, z);
    far = v128.div<T>(v128.add<T>(q, q), v128.add<T>(one, q));
  } else {
    let p = f64x2.splat(-9.64399179425052238628e-1);
    p = plus<T>(-9.92877231001918586564e1, p, z);
    p = plus<T>(-1.61468768441708447952e3, p, z);
    let d = v128.add<T>(z, f64x2.splat(1.12811678491632931402e2));
    d = plus<T>(2.2354883906010044858e3, d, z);
    d = plus<T>(4.84406305325125486048e3, d, z);
    // One division for both.
    near = v128.div<T>(
      v128.bitselect(v128.mul<T>(p, z), v128.add<T>(q, q), small),
      v128.bitselect(d, v128.add<T>(one, q), small),
    );
    far = near;
  }
  const size = v128.bitselect(v128.add<T>(a, v128.mul<T>(a, near)), v128.sub<T>(one, far), small);
  return v128.bitselect(x, size, v128.splat<T>(<T>-0.0));
}

/** c + log(2ᵏ(1 + f)) of each lane, 1 + f between √½ and √2, c tiny. */
@inline
function logReduced<T>(f: v128, k: v128, c: v128): v128 {
  const halfSquare = v128.mul<T>(v128.mul<T>(v128.splat<T>(<T>0.5), f), f);
  const s = v128.div<T>(f, v128.add<T>(v128.splat<T>(<T>2), f));
  const z = v128.mul<T>(s, s);
  const w = v128.mul<T>(z, z);
  let even: v128;
  let odd: v128;
  if (sizeof<T>() == 4) {
    even = plus<T>(0.40000972152, f32x4.splat(0.24279078841), w);
    odd = plus<T>(0.66666662693, f32x4.splat(0.28498786688), w);
  } else {
    even = f64x2.splat(1.531383769920937332e-1);
    even = plus<T>(2.222219843214978396e-1, even, w);
    even = plus<T>(3.999999999940941908e-1, even, w);
    odd = f64x2.splat(1.479819860511658591e-1);
    odd = plus<T>(1.818357216161805012e-1, odd, w);
    odd = plus<T>(2.857142874366239149e-1, odd, w);
    odd = plus<T>(6.66666666666673513e-1, odd, w);
  }
  const R = v128.add<T>(v128.mul<T>(w, even), v128.mul<T>(z, odd));
  const ln2Low = v128.splat<T>(<T>(sizeof<T>() == 4 ? 9.0580006145e-6 : 1.90821492927058770002e-10));
  const ln2High = v128.splat<T>(<T>(sizeof<T>() == 4 ? 6.9313812256e-1 : 6.9314718036912381649e-1));
  const tail = v128.add<T>(
    v128.mul<T>(s, v128.add<T>(halfSquare, R)),
    v128.add<T>(v128.mul<T>(k, ln2Low), c),
  );
  return v128.sub<T>(v128.mul<T>(k, ln2High), v128.sub<T>(v128.sub<T>(halfSquare, tail), f));
}

/** The natural logarithm: log 0 = −Infinity, NaN below 0. Error: below 1 ulp (0.72 over some thousand numbers). */
export function log(x: f64): f64 {
  if (x < 0) return NaN;
  if (x == 0) return -Infinity;
  if (!(x < Infinity)) return x;
  let lifted: f64 = 0;
  if (x < 2.2250738585072014e-308) {
    lifted = 54;
    x *= 18014398509481984.0;
  }
  const bits = reinterpret<u64>(x);
  // From √½ (cut to its upper word) up to √2 the exponent counts as 0.
  const k = <i64>(bits - 0x3fe6a09e00000000) >> 52;
  const f = reinterpret<f64>(bits - (<u64>k << 52)) - 1;
  return f64x2.extract_lane(logReduced<f64>(f64x2.splat(f), f64x2.splat(<f64>k - lifted), f64x2.splat(0)), 0);
}

/** The natural logarithm of each f64 lane, all of them normal numbers above 0: the bits of `log`. */
@inline
export function logs(x: v128): v128 {
  const power = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e00000000)), 52);
  const f = f64x2.sub(i64x2.sub(x, i64x2.shl(power, 52)), f64x2.splat(1));
  const k = f64x2.sub(i64x2.add(power, rounder<f64>()), rounder<f64>());
  return logReduced<f64>(f, k, f64x2.splat(0));
}

/** log(1 + x) of each lane, 0 ≤ x ≤ 1; NaN stays NaN. Error: below 1 ulp (f32 0.84, f64 0.77). */
@inline
export function log1p<T>(x: v128): v128 {
  const one = v128.splat<T>(<T>1);
  // Above √2 − 1 as log 2 + log(1 + f), f = (x − 1)/2. Below ½ x − 1 rounds; what it lost counts 0.7 times,
  // which is ½/(1 + f) there.
  const above = v128.gt<T>(x, v128.splat<T>(<T>0.41421356237309503));
  const less = v128.sub<T>(x, one);
  const lost = v128.sub<T>(x, v128.add<T>(less, one));
  const f = v128.bitselect(v128.mul<T>(less, v128.splat<T>(<T>0.5)), x, above);
  const c = v128.and(above, v128.mul<T>(lost, v128.splat<T>(<T>0.7)));
  return logReduced<T>(f, v128.and(above, one), c);
}

/** y = eˣ of n values, and y = log(1 + x): for the tests. */
@inline
function expArray<T>(x: usize, y: usize, n: i32): void {
  for (let left = n; left > 0; left -= lanes<T>(), x += 16, y += 16) write<T>(y, exp<T>(read<T>(x, left)), left);
}

export function exp_f32(x: usize, y: usize, n: i32): void {
  expArray<f32>(x, y, n);
}
export function exp_f64(x: usize, y: usize, n: i32): void {
  expArray<f64>(x, y, n);
}
@inline
function log1pArray<T>(x: usize, y: usize, n: i32): void {
  for (let left = n; left > 0; left -= lanes<T>(), x += 16, y += 16) write<T>(y, log1p<T>(read<T>(x, left)), left);
}

export function log1p_f32(x: usize, y: usize, n: i32): void {
  log1pArray<f32>(x, y, n);
}
export function log1p_f64(x: usize, y: usize, n: i32): void {
  log1pArray<f64>(x, y, n);
}

/** e^x of one number, as `exp` has it. */
@inline
export function expOne(x: f64): f64 {
  return f64x2.extract_lane(exp<f64>(f64x2.splat(x)), 0);
}

/** log(1 + x) of one number, as `log1p` has it. */
@inline
export function log1pOne(x: f64): f64 {
  return f64x2.extract_lane(log1p<f64>(f64x2.splat(x)), 0);
}
