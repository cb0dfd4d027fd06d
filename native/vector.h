/*
 * One instruction set's vectors of one type. Each of dense.c, sparse.c, row.c, plain.c, loss.c and update.c is compiled
 * once for every pair of them: -DISA_avx2, -DISA_avx512 or -DISA_neon, and -DF64 for double. Knows nothing of matrices.
 *
 * Strict arithmetic: compiled with -ffp-contract=off, a multiplication and an addition are fused where vfma says so and
 * nowhere else.
 */
#ifndef GRADPOOL_VECTOR_H
#define GRADPOOL_VECTOR_H

typedef long long i64;
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned char u8;

#define INLINE static inline __attribute__((always_inline))
#define JOIN3_(a, b, c) a##_##b##_##c
#define JOIN3(a, b, c) JOIN3_(a, b, c)

#ifdef F64
typedef double T;
#define TYPE f64
/* Values in 16 bytes: the square blocks that are turned in registers have so many rows. */
enum { G = 2 };
#else
typedef float T;
#define TYPE f32
enum { G = 4 };
#endif

#if defined(ISA_avx512)
#include <immintrin.h>
#define ISA avx512
enum { VBYTES = 64 };
/* A tile of C: 9 rows × 3 vectors are 27 sums, and 3 of B; factors of A are broadcast from memory. */
#define TILE_ROWS 9
#define TILE_VECTORS 3
/* Rows where C is one vector wide: enough sums that none is waited for. */
#define TALL_ROWS 9
/* Vectors of a row of C whose sums stay in registers while a list runs by. */
#define STRIP_VECTORS 12
/* Masks cost nothing here: the last vector of a tile always has one, and needs no code of its own. */
#define ALWAYS_MASKED 1
#elif defined(ISA_avx2)
#include <immintrin.h>
#define ISA avx2
enum { VBYTES = 32 };
#define TILE_ROWS 6
#define TILE_VECTORS 2
#define TALL_ROWS 8
#define STRIP_VECTORS 13
#define ALWAYS_MASKED 0
#elif defined(ISA_neon)
#include <arm_neon.h>
#define ISA neon
enum { VBYTES = 16 };
#define TILE_ROWS 8
#define TILE_VECTORS 3
#define TALL_ROWS 8
#define STRIP_VECTORS 16
#define ALWAYS_MASKED 0
#else
#error "no instruction set"
#endif

#define NAME(x) JOIN3(x, TYPE, ISA)

/** Values in a vector, and in one that lists are written from. */
enum { L = VBYTES / (int)sizeof(T) };

/*
 * V: a vector; M: which of its first lanes are alive. LV: a vector that lists are written from, LL its lanes.
 * vmask(n), 1 ≤ n ≤ L: the first n lanes; vloadm: zeros in the others, of which nothing is read; vstorem: nothing is
 * written. vfma(a, b, c) = a·b + c, rounded once. nonzeros: a bit for each lane that is not ±0; NaN is not. vany:
 * whether any bit is set.
 * vlanes(a, b, c, d): 16 bytes from each, as many as there are in a vector; vrows(p, stride): lane l of 16 bytes is from
 * p + l·stride; vstore_rows goes the way back. turn(r): G vectors whose 16-byte lanes are square blocks.
 */
#if defined(ISA_avx512)
#ifndef F64
typedef __m512 V;
typedef __mmask16 M;
INLINE M vmask(int n) { return (M)((1u << n) - 1); }
INLINE V vload(const T *p) { return _mm512_loadu_ps(p); }
INLINE void vstore(T *p, V v) { _mm512_storeu_ps(p, v); }
INLINE V vloadm(const T *p, M m) { return _mm512_maskz_loadu_ps(m, p); }
INLINE void vstorem(T *p, V v, M m) { _mm512_mask_storeu_ps(p, m, v); }
INLINE V vset(T x) { return _mm512_set1_ps(x); }
INLINE V vabs(V v) { return _mm512_abs_ps(v); }
INLINE V vfma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
INLINE V vsqrt(V v) { return _mm512_sqrt_ps(v); }
INLINE int vany(V v) { __m512i i = _mm512_castps_si512(v); return _mm512_test_epi64_mask(i, i) != 0; }
INLINE u32 nonzeros(V v) { return _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ); }
INLINE V vlanes(const T *a, const T *b, const T *c, const T *d) {
  V v = _mm512_castps128_ps512(_mm_loadu_ps(a));
  v = _mm512_insertf32x4(v, _mm_loadu_ps(b), 1);
  v = _mm512_insertf32x4(v, _mm_loadu_ps(c), 2);
  return _mm512_insertf32x4(v, _mm_loadu_ps(d), 3);
}
INLINE void vstore_rows(T *p, i64 stride, V v) {
  _mm_storeu_ps(p, _mm512_castps512_ps128(v));
  _mm_storeu_ps(p + stride, _mm512_extractf32x4_ps(v, 1));
  _mm_storeu_ps(p + 2 * stride, _mm512_extractf32x4_ps(v, 2));
  _mm_storeu_ps(p + 3 * stride, _mm512_extractf32x4_ps(v, 3));
}
INLINE void turn(V *r) {
  V a = _mm512_unpacklo_ps(r[0], r[1]), b = _mm512_unpacklo_ps(r[2], r[3]);
  V c = _mm512_unpackhi_ps(r[0], r[1]), d = _mm512_unpackhi_ps(r[2], r[3]);
  r[0] = _mm512_shuffle_ps(a, b, 0x44);
  r[1] = _mm512_shuffle_ps(a, b, 0xee);
  r[2] = _mm512_shuffle_ps(c, d, 0x44);
  r[3] = _mm512_shuffle_ps(c, d, 0xee);
}
#else
typedef __m512d V;
typedef __mmask8 M;
INLINE M vmask(int n) { return (M)((1u << n) - 1); }
INLINE V vload(const T *p) { return _mm512_loadu_pd(p); }
INLINE void vstore(T *p, V v) { _mm512_storeu_pd(p, v); }
INLINE V vloadm(const T *p, M m) { return _mm512_maskz_loadu_pd(m, p); }
INLINE void vstorem(T *p, V v, M m) { _mm512_mask_storeu_pd(p, m, v); }
INLINE V vset(T x) { return _mm512_set1_pd(x); }
INLINE V vabs(V v) { return _mm512_abs_pd(v); }
INLINE V vfma(V a, V b, V c) { return _mm512_fmadd_pd(a, b, c); }
INLINE V vsqrt(V v) { return _mm512_sqrt_pd(v); }
INLINE int vany(V v) { __m512i i = _mm512_castpd_si512(v); return _mm512_test_epi64_mask(i, i) != 0; }
INLINE u32 nonzeros(V v) { return _mm512_cmp_pd_mask(v, _mm512_setzero_pd(), _CMP_NEQ_UQ); }
INLINE V vlanes(const T *a, const T *b, const T *c, const T *d) {
  V v = _mm512_castpd128_pd512(_mm_loadu_pd(a));
  v = _mm512_insertf64x2(v, _mm_loadu_pd(b), 1);
  v = _mm512_insertf64x2(v, _mm_loadu_pd(c), 2);
  return _mm512_insertf64x2(v, _mm_loadu_pd(d), 3);
}
INLINE void vstore_rows(T *p, i64 stride, V v) {
  _mm_storeu_pd(p, _mm512_castpd512_pd128(v));
  _mm_storeu_pd(p + stride, _mm512_extractf64x2_pd(v, 1));
  _mm_storeu_pd(p + 2 * stride, _mm512_extractf64x2_pd(v, 2));
  _mm_storeu_pd(p + 3 * stride, _mm512_extractf64x2_pd(v, 3));
}
INLINE void turn(V *r) {
  V a = _mm512_unpacklo_pd(r[0], r[1]);
  r[1] = _mm512_unpackhi_pd(r[0], r[1]);
  r[0] = a;
}
#endif
#elif defined(ISA_avx2)
#ifndef F64
typedef __m256 V;
typedef __m256i M;
INLINE M vmask(int n) { return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)); }
INLINE V vload(const T *p) { return _mm256_loadu_ps(p); }
INLINE void vstore(T *p, V v) { _mm256_storeu_ps(p, v); }
INLINE V vloadm(const T *p, M m) { return _mm256_maskload_ps(p, m); }
INLINE void vstorem(T *p, V v, M m) { _mm256_maskstore_ps(p, m, v); }
INLINE V vset(T x) { return _mm256_set1_ps(x); }
INLINE V vabs(V v) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v); }
INLINE V vfma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
INLINE V vsqrt(V v) { return _mm256_sqrt_ps(v); }
INLINE int vany(V v) { __m256i i = _mm256_castps_si256(v); return !_mm256_testz_si256(i, i); }
INLINE u32 nonzeros(V v) { return (u32)_mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_NEQ_UQ)); }
INLINE V vlanes(const T *a, const T *b, const T *c, const T *d) {
  (void)c, (void)d;
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(a)), _mm_loadu_ps(b), 1);
}
INLINE void vstore_rows(T *p, i64 stride, V v) {
  _mm_storeu_ps(p, _mm256_castps256_ps128(v));
  _mm_storeu_ps(p + stride, _mm256_extractf128_ps(v, 1));
}
INLINE void turn(V *r) {
  V a = _mm256_unpacklo_ps(r[0], r[1]), b = _mm256_unpacklo_ps(r[2], r[3]);
  V c = _mm256_unpackhi_ps(r[0], r[1]), d = _mm256_unpackhi_ps(r[2], r[3]);
  r[0] = _mm256_shuffle_ps(a, b, 0x44);
  r[1] = _mm256_shuffle_ps(a, b, 0xee);
  r[2] = _mm256_shuffle_ps(c, d, 0x44);
  r[3] = _mm256_shuffle_ps(c, d, 0xee);
}
#else
typedef __m256d V;
typedef __m256i M;
INLINE M vmask(int n) { return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3)); }
INLINE V vload(const T *p) { return _mm256_loadu_pd(p); }
INLINE void vstore(T *p, V v) { _mm256_storeu_pd(p, v); }
INLINE V vloadm(const T *p, M m) { return _mm256_maskload_pd(p, m); }
INLINE void vstorem(T *p, V v, M m) { _mm256_maskstore_pd(p, m, v); }
INLINE V vset(T x) { return _mm256_set1_pd(x); }
INLINE V vabs(V v) { return _mm256_andnot_pd(_mm256_set1_pd(-0.0), v); }
INLINE V vfma(V a, V b, V c) { return _mm256_fmadd_pd(a, b, c); }
INLINE V vsqrt(V v) { return _mm256_sqrt_pd(v); }
INLINE int vany(V v) { __m256i i = _mm256_castpd_si256(v); return !_mm256_testz_si256(i, i); }
INLINE u32 nonzeros(V v) { return (u32)_mm256_movemask_pd(_mm256_cmp_pd(v, _mm256_setzero_pd(), _CMP_NEQ_UQ)); }
INLINE V vlanes(const T *a, const T *b, const T *c, const T *d) {
  (void)c, (void)d;
  return _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(a)), _mm_loadu_pd(b), 1);
}
INLINE void vstore_rows(T *p, i64 stride, V v) {
  _mm_storeu_pd(p, _mm256_castpd256_pd128(v));
  _mm_storeu_pd(p + stride, _mm256_extractf128_pd(v, 1));
}
INLINE void turn(V *r) {
  V a = _mm256_unpacklo_pd(r[0], r[1]);
  r[1] = _mm256_unpackhi_pd(r[0], r[1]);
  r[0] = a;
}
#endif
#else
#ifndef F64
typedef float32x4_t V;
typedef int M;
INLINE M vmask(int n) { return n; }
INLINE V vload(const T *p) { return vld1q_f32(p); }
INLINE void vstore(T *p, V v) { vst1q_f32(p, v); }
INLINE V vloadm(const T *p, M n) {
  if (n == L) return vld1q_f32(p);
  V v = vdupq_n_f32(0);
  if (n == 1) return vld1q_lane_f32(p, v, 0);
  v = vcombine_f32(vld1_f32(p), vdup_n_f32(0));
  return n == 2 ? v : vld1q_lane_f32(p + 2, v, 2);
}
INLINE void vstorem(T *p, V v, M n) {
  if (n == L) vst1q_f32(p, v);
  else if (n == 1) vst1q_lane_f32(p, v, 0);
  else {
    vst1_f32(p, vget_low_f32(v));
    if (n == 3) vst1q_lane_f32(p + 2, v, 2);
  }
}
INLINE V vset(T x) { return vdupq_n_f32(x); }
INLINE V vabs(V v) { return vabsq_f32(v); }
INLINE V vfma(V a, V b, V c) { return vfmaq_f32(c, a, b); }
INLINE V vsqrt(V v) { return vsqrtq_f32(v); }
INLINE int vany(V v) { return vmaxvq_u32(vreinterpretq_u32_f32(v)) != 0; }
INLINE u32 nonzeros(V v) {
  const uint32x4_t bits = {1, 2, 4, 8};
  return vaddvq_u32(vbicq_u32(bits, vceqzq_f32(v)));
}
INLINE V vlanes(const T *a, const T *b, const T *c, const T *d) {
  (void)b, (void)c, (void)d;
  return vld1q_f32(a);
}
INLINE void vstore_rows(T *p, i64 stride, V v) {
  (void)stride;
  vst1q_f32(p, v);
}
INLINE void turn(V *r) {
  float64x2_t a = vreinterpretq_f64_f32(vzip1q_f32(r[0], r[1])), b = vreinterpretq_f64_f32(vzip1q_f32(r[2], r[3]));
  float64x2_t c = vreinterpretq_f64_f32(vzip2q_f32(r[0], r[1])), d = vreinterpretq_f64_f32(vzip2q_f32(r[2], r[3]));
  r[0] = vreinterpretq_f32_f64(vzip1q_f64(a, b));
  r[1] = vreinterpretq_f32_f64(vzip2q_f64(a, b));
  r[2] = vreinterpretq_f32_f64(vzip1q_f64(c, d));
  r[3] = vreinterpretq_f32_f64(vzip2q_f64(c, d));
}
#else
typedef float64x2_t V;
typedef int M;
INLINE M vmask(int n) { return n; }
INLINE V vload(const T *p) { return vld1q_f64(p); }
INLINE void vstore(T *p, V v) { vst1q_f64(p, v); }
INLINE V vloadm(const T *p, M n) { return n == L ? vld1q_f64(p) : vld1q_lane_f64(p, vdupq_n_f64(0), 0); }
INLINE void vstorem(T *p, V v, M n) {
  if (n == L) vst1q_f64(p, v);
  else vst1q_lane_f64(p, v, 0);
}
INLINE V vset(T x) { return vdupq_n_f64(x); }
INLINE V vabs(V v) { return vabsq_f64(v); }
INLINE V vfma(V a, V b, V c) { return vfmaq_f64(c, a, b); }
INLINE V vsqrt(V v) { return vsqrtq_f64(v); }
INLINE int vany(V v) { return vmaxvq_u32(vreinterpretq_u32_f64(v)) != 0; }
INLINE u32 nonzeros(V v) {
  const uint64x2_t bits = {1, 2};
  return (u32)vaddvq_u64(vbicq_u64(bits, vceqzq_f64(v)));
}
INLINE V vlanes(const T *a, const T *b, const T *c, const T *d) {
  (void)b, (void)c, (void)d;
  return vld1q_f64(a);
}
INLINE void vstore_rows(T *p, i64 stride, V v) {
  (void)stride;
  vst1q_f64(p, v);
}
INLINE void turn(V *r) {
  V a = vzip1q_f64(r[0], r[1]);
  r[1] = vzip2q_f64(r[0], r[1]);
  r[0] = a;
}
#endif
#endif

INLINE V vzero(void) { return vset(0); }
INLINE V vrows(const T *p, i64 stride) { return vlanes(p, p + stride, p + 2 * stride, p + 3 * stride); }

/** Part `part` of `parts` begins here when `count` things are dealt out as evenly as possible. */
INLINE i64 cut(i64 count, i64 parts, i64 part) { return count * part / parts; }
INLINE i64 least(i64 a, i64 b) { return a < b ? a : b; }
INLINE i64 ceiling(i64 a, i64 b) { return (a + b - 1) / b; }

#endif
