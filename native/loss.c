/*
 * The cross-entropy of softmax outputs: the arithmetic of kernels/cross_entropy.ts, outputs.ts and math.ts, value by value in
 * the same order, so the same bits. Sums go over the lanes of 16 bytes, whatever vectors the processor has.
 *
 * e^x in f64 and log are fdlibm's (e_exp.c, e_log.c). Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
 * Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
 */
#include "vector.h"
#include "kernels.h"

typedef T Q __attribute__((vector_size(16)));
#ifdef F64
typedef i64 Word;
enum { EXPONENT_AT = 52 };
#else
typedef int Word;
enum { EXPONENT_AT = 23 };
#endif
typedef Word W __attribute__((vector_size(16)));
enum { LANES = 16 / (int)sizeof(T) };

INLINE Q all(T x) {
  Q q;
  for (int l = 0; l < LANES; l++) q[l] = x;
  return q;
}

/** The next `left` values, up to a vector of them; the other lanes hold `fill`. */
INLINE Q read_or(const T *p, i64 left, T fill) {
  Q q = all(fill);
  if (left >= LANES) __builtin_memcpy(&q, p, sizeof q);
  else
    for (int l = 0; l < left; l++) q[l] = p[l];
  return q;
}

INLINE void write(T *p, Q q, i64 left) {
  if (left >= LANES) __builtin_memcpy(p, &q, sizeof q);
  else
    for (int l = 0; l < left; l++) p[l] = q[l];
}

INLINE Q select(W which, Q yes, Q no) { return (Q)((which & (W)yes) | (~which & (W)no)); }
/** WebAssembly's pmin and pmax: the first, where a comparison with NaN says nothing. */
INLINE Q least_of(Q a, Q b) { return select(b < a, b, a); }
INLINE Q largest_of(Q a, Q b) { return select(a < b, b, a); }

/** The largest of a row in every lane; NaN never counts. */
INLINE Q row_max(const T *u, i64 cols) {
  const T lowest = -(T)__builtin_inf();
  Q max = all(lowest);
  for (i64 c = 0; c < cols; c += LANES) max = largest_of(max, read_or(u + c, cols - c, lowest));
#ifdef F64
  return largest_of(max, __builtin_shufflevector(max, max, 1, 0));
#else
  Q swapped = largest_of(max, __builtin_shufflevector(max, max, 2, 3, 0, 1));
  return largest_of(swapped, __builtin_shufflevector(swapped, swapped, 1, 0, 3, 2));
#endif
}

INLINE T lane_sum(Q v) {
#ifdef F64
  return v[0] + v[1];
#else
  Q pairs = v + __builtin_shufflevector(v, v, 2, 3, 0, 1);
  return pairs[0] + pairs[1];
#endif
}

/** 2ⁿ from n in the place of the exponent. */
INLINE Q power_of_two(W exponent) { return (Q)(exponent + (W)all(1)); }

/** e^x of each lane: kernels/math.ts says how, and how exactly. */
INLINE Q exponential(Q x) {
#ifdef F64
  const T rounder = 6755399441055744.0, high = 6.9314718036912381649e-1, low = 1.90821492927058770002e-10;
  x = largest_of(least_of(x, all(710)), all(-746));
#else
  const T rounder = 12582912.0f, high = 0.693359375f, low = -2.12194440e-4f;
  x = largest_of(least_of(x, all(89)), all(-104));
#endif
  Q power = x * (T)1.4426950408889634 + rounder, n = power - rounder;
  Q hi = x - n * high, lo = n * low, r = hi - lo, square = r * r, rest;
#ifdef F64
  Q p = all(4.13813679705723846039e-8);
  p = -1.6533902205465251539e-6 + p * square;
  p = 6.61375632143793436117e-5 + p * square;
  p = -2.77777777770155933842e-3 + p * square;
  p = 1.66666666666666019037e-1 + p * square;
  Q c = r - square * p;
  rest = r * c / (2.0 - c);
#else
  Q p = all(1.9875691500e-4f);
  p = 1.3981999507e-3f + p * r;
  p = 8.3334519073e-3f + p * r;
  p = 4.1665795894e-2f + p * r;
  p = 1.6666665459e-1f + p * r;
  p = 5.0000001201e-1f + p * r;
  rest = p * square;
#endif
  Q y = (T)1 + (hi + (rest - lo));
  W whole = (W)power << EXPONENT_AT, half = (whole >> 1) & ((W){0} - 1 << EXPONENT_AT);
  return y * power_of_two(half) * power_of_two(whole - half);
}

/** The natural logarithm. */
INLINE double logarithm(double x) {
  union {
    double value;
    u64 bits;
  } u;
  if (x < 0) return __builtin_nan("");
  if (x == 0) return -__builtin_inf();
  if (!(x < __builtin_inf())) return x;
  double lifted = 0;
  if (x < 2.2250738585072014e-308) lifted = 54, x *= 18014398509481984.0;
  u.value = x;
  const i64 k = (i64)(u.bits - 0x3fe6a09e00000000) >> 52;
  u.bits -= (u64)k << 52;
  const double f = u.value - 1, power = (double)k - lifted;
  const double half_square = 0.5 * f * f, s = f / (2 + f), z = s * s, w = z * z;
  double even = 1.531383769920937332e-1, odd = 1.479819860510658591e-1;
  even = 2.222219843214978396e-1 + even * w;
  even = 3.999999999940941908e-1 + even * w;
  odd = 1.818357216161805012e-1 + odd * w;
  odd = 2.857142874366239149e-1 + odd * w;
  odd = 6.66666666666673513e-1 + odd * w;
  const double R = w * even + z * odd;
  const double tail = s * (half_square + R) + (power * 1.90821492927058770002e-10 + 0.0);
  return power * 6.9314718036912381649e-1 - ((half_square - tail) - f);
}

/** The loss of all rows, whose logits become softmax outputs. */
double NAME(cross_entropy)(T *h, const T *y, i64 rows, i64 cols) {
  double total = 0;
  for (i64 r = 0; r < rows; r++, h += cols, y += cols) {
    const Q max = row_max(h, cols);
    const double top = (double)max[0];
    double share = 0, below = 0;
    for (i64 k = 0; k < cols; k++) {
      const double target = (double)y[k];
      if (target == 0) continue;
      share += target;
      below += target * (top - (double)h[k]);
    }
    Q sums = all(0);
    for (i64 c = 0; c < cols; c += LANES) {
      Q e = exponential(read_or(h + c, cols - c, -(T)__builtin_inf()) - max);
      sums = sums + e;
      write(h + c, e, cols - c);
    }
    const T sum = lane_sum(sums);
    for (i64 c = 0; c < cols; c += LANES) write(h + c, read_or(h + c, cols - c, 0) / sum, cols - c);
    if (share != 0) total += share * logarithm((double)sum) + below;
  }
  return total;
}

/** Δ = ŷ − y for n values. */
void NAME(output_minus_target)(const T *h, const T *y, T *delta, i64 n) {
  for (i64 i = 0; i < n; i++) delta[i] = h[i] - y[i];
}
