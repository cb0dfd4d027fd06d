/**
 * The error function erf x = 2/√π ∫₀ˣ e^(−t²) dt, as fdlibm's s_erf.c; error below 1 ulp.
 *
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Permission to use, copy, modify, and distribute
 * this software is freely granted, provided that this notice is preserved.
 */

/** Coefficients from x⁰ up. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => coefficient + x * sum, 0);
}

// erf x = x + x·P(x²)/Q(x²) for |x| < 0.84375.
const NEAR_P = [
  0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442,
  -2.3763016656650163e-5,
];
const NEAR_Q = [
  1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164,
  -3.960228278775368e-6,
];
// erf x = MIDDLE + P(x − 1)/Q(x − 1) for 0.84375 ≤ x < 1.25.
const MIDDLE = 0.8450629115104675;
const MIDDLE_P = [
  -0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175, -0.11089469428239668,
  0.035478304325618236, -0.002166375594868791,
];
const MIDDLE_Q = [
  1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164, 0.01363708391202905,
  0.011984499846799107,
];
// erf x = 1 − e^(−x² − 0.5625 + P(1/x²)/Q(1/x²))/x for 1.25 ≤ x < 1/0.35,
const FAR_P = [
  -0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006, -162.39666946257347,
  -184.60509290671104, -81.2874355063066, -9.814329344169145,
];
const FAR_Q = [
  1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679, 429.00814002756783,
  108.63500554177944, 6.570249770319282, -0.0604244152148581,
];
// and with these beyond. From 6 on it is 1.
const FARTHER_P = [
  -0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192, -637.5664433683896,
  -1025.0951316110772, -483.5191916086514,
];
const FARTHER_Q = [
  1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955, 2553.0504064331644,
  474.52854120695537, -22.44095244658582,
];

/** The same for whoever computes it elsewhere, coefficients from x⁰ up. */
export const erfCoefficients = {
  near: { p: NEAR_P, q: NEAR_Q },
  middle: { value: MIDDLE, p: MIDDLE_P, q: MIDDLE_Q },
  far: { p: FAR_P, q: FAR_Q },
  farther: { p: FARTHER_P, q: FARTHER_Q },
} as const;

/** Odd: erf(−x) = −erf(x), zeros included; ±1 at ±∞; NaN stays NaN. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (!(a >= 0.84375)) {
    const z = x * x;
    return x + x * (polynomial(NEAR_P, z) / polynomial(NEAR_Q, z));
  }
  return x < 0 ? -upper(a) : upper(a);
}

/** erf x for x ≥ 0.84375. */
function upper(x: number): number {
  if (x < 1.25) return MIDDLE + polynomial(MIDDLE_P, x - 1) / polynomial(MIDDLE_Q, x - 1);
  if (x >= 6) return 1;
  const s = 1 / (x * x);
  const quotient =
    x < 1 / 0.35
      ? polynomial(FAR_P, s) / polynomial(FAR_Q, s)
      : polynomial(FARTHER_P, s) / polynomial(FARTHER_Q, s);
  // z² is exact, and −z² + (z − x)(z + x) = −x².
  const z = Math.fround(x);
  return 1 - (Math.exp(-z * z - 0.5625) * Math.exp((z - x) * (z + x) + quotient)) / x;
}
