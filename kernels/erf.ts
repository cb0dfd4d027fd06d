/**
 * The error function erf x = 2/√π ∫₀ˣ e^(−t²) dt, the same bits on every machine, as kernels/math.ts has its
 * functions; test/engines/math.ts measures the errors.
 *
 * f64: fdlibm's s_erf.c, as in src/model/erf.ts. Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
 * Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is
 * preserved.
 * f32: own coefficients, minimax fits at Chebyshev points (weighted least squares, the weights of Lawson 1961).
 */
import { exp, plus } from './math';
import { lanes, read, write } from './vector';

/**
 * erf of each lane, with the sign of x, zeros included; ±1 at ±∞; NaN stays NaN. Error: below 1.5 ulp in f32 (1.37),
 * below 1 in f64 (0.80 over some thousand numbers).
 */
@inline
export function erf<T>(x: v128): v128 {
  const a = v128.abs<T>(x);
  const near = v128.add<T>(x, v128.mul<T>(x, nearPart<T>(v128.mul<T>(x, x))));
  const isFar = v128.ge<T>(a, v128.splat<T>(<T>(sizeof<T>() == 4 ? 0.9 : 0.84375)));
  // A lane's bits are the same whether or not others need what is skipped here.
  if (!v128.any_true(isFar)) return near;
  const far = v128.bitselect(x, farPart<T>(a), v128.splat<T>(<T>-0.0));
  return v128.bitselect(far, near, isFar);
}

/** erf x/x − 1 from z = x², near 0. */
@inline
function nearPart<T>(z: v128): v128 {
  if (sizeof<T>() == 4) {
    let p = f32x4.splat(-6.0496986e-4);
    p = plus<T>(5.0043976e-3, p, z);
    p = plus<T>(-2.677403e-2, p, z);
    p = plus<T>(1.1282014e-1, p, z);
    p = plus<T>(-3.7612513e-1, p, z);
    return plus<T>(1.2837915e-1, p, z);
  }
  let p = f64x2.splat(-2.3763016656650162608e-5);
  p = plus<T>(-5.7702702964894415916e-3, p, z);
  p = plus<T>(-2.8481749575598510477e-2, p, z);
  p = plus<T>(-3.2504210724700149937e-1, p, z);
  p = plus<T>(1.2837916709551255856e-1, p, z);
  let q = f64x2.splat(-3.9602282787753681232e-6);
  q = plus<T>(1.3249473800432164453e-4, q, z);
  q = plus<T>(5.0813062818757656278e-3, q, z);
  q = plus<T>(6.5022249988767294449e-2, q, z);
  q = plus<T>(3.9791722395915535282e-1, q, z);
  q = plus<T>(1, q, z);
  return v128.div<T>(p, q);
}

/** erf a of lanes from 0.9 (f32), 0.84375 (f64) on; what it yields of others counts nothing. */
@inline
function farPart<T>(a: v128): v128 {
  const one = v128.splat<T>(<T>1);
  if (sizeof<T>() == 4) {
    // 1 − e^p, p = log(1 − erf a); erf 4 is 1, pmin lets NaN through.
    a = v128.pmin<T>(a, f32x4.splat(4));
    let p = f32x4.splat(1.9718162e-4);
    p = plus<T>(-3.0556065e-3, p, a);
    p = plus<T>(2.2277083e-2, p, a);
    p = plus<T>(-1.0403735e-1, p, a);
    p = plus<T>(-6.3705975e-1, p, a);
    p = plus<T>(-1.1277496, p, a);
    p = plus<T>(-1.774957e-4, p, a);
    return v128.sub<T>(one, exp<T>(p));
  }
  const middle = middlePart(v128.sub<T>(a, one));
  const isTail = v128.ge<T>(a, v128.splat<T>(<T>1.25));
  if (!v128.any_true(isTail)) return middle;
  // erf 6 is 1.
  return v128.bitselect(tailPart(v128.pmin<T>(a, v128.splat<T>(<T>6))), middle, isTail);
}

/** f64: erf(1 + s), 0.84375 ≤ 1 + s < 1.25. */
@inline
function middlePart(s: v128): v128 {
  let p = f64x2.splat(-2.166375594868790843e-3);
  p = plus<f64>(3.5478304325618235937e-2, p, s);
  p = plus<f64>(-1.1089469428239667748e-1, p, s);
  p = plus<f64>(3.1834661990116175367e-1, p, s);
  p = plus<f64>(-3.7220787603570132385e-1, p, s);
  p = plus<f64>(4.1485611868374833167e-1, p, s);
  p = plus<f64>(-2.3621185607526594408e-3, p, s);
  let q = f64x2.splat(1.1984499846799107417e-2);
  q = plus<f64>(1.3637083912029050736e-2, q, s);
  q = plus<f64>(1.2617121980876164211e-1, q, s);
  q = plus<f64>(7.1828654414196266287e-2, q, s);
  q = plus<f64>(5.4039791770217104894e-1, q, s);
  q = plus<f64>(1.0642088040084422829e-1, q, s);
  q = plus<f64>(1, q, s);
  return f64x2.add(f64x2.splat(8.4506291151046752930e-1), f64x2.div(p, q));
}

/** `plus` with one of two coefficients, lane by lane: `b`'s where `mask` is set. */
@inline
function plusOneOf(a: f64, b: f64, mask: v128, sum: v128, x: v128): v128 {
  return f64x2.add(v128.bitselect(f64x2.splat(b), f64x2.splat(a), mask), f64x2.mul(sum, x));
}

/** f64: erf a, 1.25 ≤ a ≤ 6, one set of coefficients up to 1/0.35, another beyond. */
@inline
function tailPart(a: v128): v128 {
  const one = f64x2.splat(1);
  const s = f64x2.div(one, f64x2.mul(a, a));
  const beyond = f64x2.ge(a, f64x2.splat(2.857142857142857));
  let p = v128.andnot(f64x2.splat(-9.8143293441691454859), beyond);
  p = plusOneOf(-8.1287435506306593425e1, -4.835191916086513970e2, beyond, p, s);
  p = plusOneOf(-1.8460509290671103599e2, -1.0250951316110772495e3, beyond, p, s);
  p = plusOneOf(-1.6239666946257347036e2, -6.3756644336838962772e2, beyond, p, s);
  p = plusOneOf(-6.2375332450326006040e1, -1.6063638485582191606e2, beyond, p, s);
  p = plusOneOf(-1.0558626225323290981e1, -1.7757954917754751989e1, beyond, p, s);
  p = plusOneOf(-6.9385857270718176437e-1, -7.9928323768052300657e-1, beyond, p, s);
  p = plusOneOf(-9.8649440348471482271e-3, -9.8649429247000992860e-3, beyond, p, s);
  let q = v128.andnot(f64x2.splat(-6.0424415214858098744e-2), beyond);
  q = plusOneOf(6.5702497703192817014, -2.2440952446585818336e1, beyond, q, s);
  q = plusOneOf(1.0863500554177943513e2, 4.7452854120695536722e2, beyond, q, s);
  q = plusOneOf(4.2900814002756783339e2, 2.5530504064331644258e3, beyond, q, s);
  q = plusOneOf(6.4538727173326788034e2, 3.1998582195085955391e3, beyond, q, s);
  q = plusOneOf(4.3456587747522922882e2, 1.5367295860844369599e3, beyond, q, s);
  q = plusOneOf(1.3765775414351904260e2, 3.2579251299657391883e2, beyond, q, s);
  q = plusOneOf(1.9651271667439257129e1, 3.0338060743482458292e1, beyond, q, s);
  q = plus<f64>(1, q, s);
  // z² is exact, z having the 24 bits of an f32.
  const z = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(a));
  const main = exp<f64>(f64x2.sub(f64x2.neg(f64x2.mul(z, z)), f64x2.splat(0.5625)));
  const rest = f64x2.add(f64x2.mul(f64x2.sub(z, a), f64x2.add(z, a)), f64x2.div(p, q));
  return f64x2.sub(one, f64x2.div(f64x2.mul(main, exp<f64>(rest)), a));
}

/** y = erf x of n values: for the tests. */
@inline
function erfArray<T>(x: usize, y: usize, n: i32): void {
  for (let left = n; left > 0; left -= lanes<T>(), x += 16, y += 16) write<T>(y, erf<T>(read<T>(x, left)), left);
}

export function erf_f32(x: usize, y: usize, n: i32): void {
  erfArray<f32>(x, y, n);
}
export function erf_f64(x: usize, y: usize, n: i32): void {
  erfArray<f64>(x, y, n);
}
