/*
 * Products that visit only the nonzero values of their left factor: a block of A becomes lists of them, and each row of
 * C keeps its sums in registers while its list runs by. Skipping a = ±0 changes no bit, since a·b is then ±0, sums begin
 * at +0, and what has become −0 by underflow becomes +0 at the end; as long as the other factor is finite.
 */
#include "vector.h"
#include "kernels.h"

#define MC LIST_ROWS
#define KC LIST_DEPTH
#define SLACK LIST_SLACK
#define VALUES_BYTES (MC * (KC + SLACK) * (i64)sizeof(T))
/**
 * Packing a panel of B pays from so many rows on: vectors then lie on cache lines, and rows that are far apart do not
 * compete for the same places in the cache. Fewer rows cost it more than that gives, fewest where B is small: 16 rows of
 * MNIST, 784 → 100, took 1.5 times as long.
 */
#define PACK_FROM 40
#define PACK_SMALL_FROM 28
/** From so many rows on it pays that a panel is no larger than this, and stays near the first-level cache. */
#define SHALLOW_FROM 32
#define PANEL_BYTES 65536

/* LV: what lists are written from, LL values; P: their places. */
#if defined(ISA_avx512)
typedef V LV;
enum { LL = L };
#ifndef F64
typedef __m512i P;
INLINE P places_from(u32 first, u32 step) {
  const P ramp = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_add_epi32(_mm512_set1_epi32((int)first), _mm512_mullo_epi32(ramp, _mm512_set1_epi32((int)step)));
}
INLINE P places_after(P p, P next) { return _mm512_add_epi32(p, next); }
INLINE i64 append(T *values, u32 *places, LV v, P p) {
  __mmask16 alive = (__mmask16)nonzeros(v);
  _mm512_storeu_si512(places, _mm512_maskz_compress_epi32(alive, p));
  _mm512_storeu_ps(values, _mm512_maskz_compress_ps(alive, v));
  return __builtin_popcount(alive);
}
#else
typedef __m256i P;
INLINE P places_from(u32 first, u32 step) {
  const P ramp = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_add_epi32(_mm256_set1_epi32((int)first), _mm256_mullo_epi32(ramp, _mm256_set1_epi32((int)step)));
}
INLINE P places_after(P p, P next) { return _mm256_add_epi32(p, next); }
INLINE i64 append(T *values, u32 *places, LV v, P p) {
  __mmask8 alive = (__mmask8)nonzeros(v);
  _mm256_storeu_si256((void *)places, _mm256_maskz_compress_epi32(alive, p));
  _mm512_storeu_pd(values, _mm512_maskz_compress_pd(alive, v));
  return __builtin_popcount(alive);
}
#endif
INLINE LV lrows(const T *p, i64 stride) { return vrows(p, stride); }
INLINE void lturn(LV *r) { turn(r); }
INLINE LV lload(const T *p) { return vload(p); }
INLINE int all_zero(const LV *r) {
#ifndef F64
  V any = _mm512_castsi512_ps(_mm512_or_si512(
      _mm512_or_si512(_mm512_castps_si512(r[0]), _mm512_castps_si512(r[1])),
      _mm512_or_si512(_mm512_castps_si512(r[2]), _mm512_castps_si512(r[3]))));
#else
  V any = _mm512_castsi512_pd(_mm512_or_si512(_mm512_castpd_si512(r[0]), _mm512_castpd_si512(r[1])));
#endif
  return nonzeros(any) == 0;
}
#elif defined(F64)
/* Two values: one after the other is as quick as anything. */
typedef struct { T v[2]; } LV;
typedef struct { u32 p[2]; } P;
enum { LL = 2 };
INLINE P places_from(u32 first, u32 step) { return (P){{first, first + step}}; }
INLINE P places_after(P p, P next) { return (P){{p.p[0] + next.p[0], p.p[1] + next.p[1]}}; }
INLINE i64 append(T *values, u32 *places, LV v, P p) {
  values[0] = v.v[0];
  places[0] = p.p[0];
  i64 n = v.v[0] != 0;
  values[n] = v.v[1];
  places[n] = p.p[1];
  return n + (v.v[1] != 0);
}
INLINE LV lrows(const T *p, i64 stride) { (void)stride; return (LV){{p[0], p[1]}}; }
INLINE void lturn(LV *r) {
  T aside = r[0].v[1];
  r[0].v[1] = r[1].v[0];
  r[1].v[0] = aside;
}
INLINE LV lload(const T *p) { return (LV){{p[0], p[1]}}; }
INLINE int all_zero(const LV *r) { return !(r[0].v[0] != 0 || r[0].v[1] != 0 || r[1].v[0] != 0 || r[1].v[1] != 0); }
#else
enum { LL = 4 };
/** The bytes that move the lanes in a mask to the front. */
#define W(a) 4 * a, 4 * a + 1, 4 * a + 2, 4 * a + 3
#define Z 255, 255, 255, 255
static const u8 fronts[16][16] __attribute__((aligned(16))) = {
    {Z, Z, Z, Z},          {W(0), Z, Z, Z},       {W(1), Z, Z, Z},       {W(0), W(1), Z, Z},
    {W(2), Z, Z, Z},       {W(0), W(2), Z, Z},    {W(1), W(2), Z, Z},    {W(0), W(1), W(2), Z},
    {W(3), Z, Z, Z},       {W(0), W(3), Z, Z},    {W(1), W(3), Z, Z},    {W(0), W(1), W(3), Z},
    {W(2), W(3), Z, Z},    {W(0), W(2), W(3), Z}, {W(1), W(2), W(3), Z}, {W(0), W(1), W(2), W(3)},
};
#undef W
#undef Z
#if defined(ISA_avx2)
typedef __m128 LV;
typedef __m128i P;
INLINE P places_from(u32 first, u32 step) {
  return _mm_add_epi32(_mm_set1_epi32((int)first), _mm_mullo_epi32(_mm_setr_epi32(0, 1, 2, 3), _mm_set1_epi32((int)step)));
}
INLINE P places_after(P p, P next) { return _mm_add_epi32(p, next); }
INLINE i64 append(T *values, u32 *places, LV v, P p) {
  u32 alive = (u32)_mm_movemask_ps(_mm_cmp_ps(v, _mm_setzero_ps(), _CMP_NEQ_UQ));
  __m128i front = _mm_load_si128((const void *)fronts[alive]);
  _mm_storeu_si128((void *)places, _mm_shuffle_epi8(p, front));
  _mm_storeu_si128((void *)values, _mm_shuffle_epi8(_mm_castps_si128(v), front));
  return __builtin_popcount(alive);
}
INLINE LV lrows(const T *p, i64 stride) { (void)stride; return _mm_loadu_ps(p); }
INLINE void lturn(LV *r) { _MM_TRANSPOSE4_PS(r[0], r[1], r[2], r[3]); }
INLINE LV lload(const T *p) { return _mm_loadu_ps(p); }
INLINE int all_zero(const LV *r) {
  LV any = _mm_or_ps(_mm_or_ps(r[0], r[1]), _mm_or_ps(r[2], r[3]));
  return _mm_movemask_ps(_mm_cmp_ps(any, _mm_setzero_ps(), _CMP_NEQ_UQ)) == 0;
}
#else
typedef V LV;
typedef uint32x4_t P;
INLINE P places_from(u32 first, u32 step) {
  const uint32x4_t ramp = {0, 1, 2, 3};
  return vmlaq_u32(vdupq_n_u32(first), ramp, vdupq_n_u32(step));
}
INLINE P places_after(P p, P next) { return vaddq_u32(p, next); }
INLINE i64 append(T *values, u32 *places, LV v, P p) {
  u32 alive = nonzeros(v);
  uint8x16_t front = vld1q_u8(fronts[alive]);
  vst1q_u8((u8 *)places, vqtbl1q_u8(vreinterpretq_u8_u32(p), front));
  vst1q_u8((u8 *)values, vqtbl1q_u8(vreinterpretq_u8_f32(v), front));
  return __builtin_popcount(alive);
}
INLINE LV lrows(const T *p, i64 stride) { return vrows(p, stride); }
INLINE void lturn(LV *r) { turn(r); }
INLINE LV lload(const T *p) { return vload(p); }
INLINE int all_zero(const LV *r) {
  uint32x4_t a = vorrq_u32(vreinterpretq_u32_f32(r[0]), vreinterpretq_u32_f32(r[1]));
  uint32x4_t b = vorrq_u32(vreinterpretq_u32_f32(r[2]), vreinterpretq_u32_f32(r[3]));
  return nonzeros(vreinterpretq_f32_u32(vorrq_u32(a, b))) == 0;
}
#endif
#endif

/** The largest share of nonzeros with which visiting them alone pays, and what of it a byte of a row of C allows. */
#define SHARE 0.55
#define SHARE_OF_BYTE 0.002
/** The same where few rows of C share the rows of B, which are far apart. */
#define SHARE_APART 0.42
#define APART_ROWS 64

/**
 * Whether so few of a matrix's values (rows `stride` apart) differ from ±0 that visiting these alone pays in a product
 * whose result has `m` rows of `n` values: fewer where a row of C is short, as its sums wait for each other then.
 */
int NAME(is_sparse)(const T *x, i64 stride, i64 rows, i64 cols, i64 m, i64 n) {
  const i64 bytes = n * (i64)sizeof(T);
  double share = m < APART_ROWS && bytes > FAR_APART ? SHARE_APART : SHARE;
  if ((double)bytes * SHARE_OF_BYTE < share) share = (double)bytes * SHARE_OF_BYTE;
  i64 left = (i64)(share * (double)rows * (double)cols);
  i64 whole = cols - cols % L;
  M mask = vmask(cols == whole ? L : (int)(cols - whole));
  for (i64 r = 0; r < rows && left > 0; r++, x += stride) {
    i64 found = 0, c = 0;
    for (; c < whole; c += L) found += __builtin_popcount(nonzeros(vload(x + c)));
    if (c < cols) found += __builtin_popcount(nonzeros(vloadm(x + c, mask)));
    left -= found;
  }
  return left > 0;
}

/** One value at the end of a list; returns by how much that moves. */
INLINE i64 append_one(T *values, u32 *places, T x, u32 place) {
  *values = x;
  *places = place;
  return x != 0;
}

/** The list of a row: n values, the k-th's place being k·step. Returns how many differ from ±0. */
static i64 list_row(const T *x, i64 n, u32 step, T *values, u32 *places) {
  i64 end = 0, k = 0;
  P at = places_from(0, step);
  const P next = places_from(LL * step, 0);
  for (; k + LL <= n; k += LL) {
    end += append(values + end, places + end, lload(x + k), at);
    at = places_after(at, next);
  }
  for (; k < n; k++) end += append_one(values + end, places + end, x[k], (u32)k * step);
  return end;
}

/** Lists of a column each, `KC + SLACK` apart: `rows` rows of `cols` values. */
static void list_columns(const T *x, i64 stride, i64 rows, i64 cols, u32 step, T *values, u32 *places, i64 *ends) {
  for (i64 c = 0; c < cols; c++) ends[c] = c * (KC + SLACK);
  i64 r = 0;
  for (; r + LL <= rows; r += LL, x += LL * stride) {
    P at = places_from((u32)r * step, step);
    i64 c = 0;
    // Square blocks of the rows' values are turned so that a column's lie in a vector; many hold zeros alone.
    for (; c + G <= cols; c += G) {
      LV block[G];
      for (int q = 0; q < G; q++) block[q] = lrows(x + c + q * stride, G * stride);
      if (all_zero(block)) continue;
      lturn(block);
      for (int q = 0; q < G; q++) ends[c + q] += append(values + ends[c + q], places + ends[c + q], block[q], at);
    }
    for (; c < cols; c++) {
      for (int l = 0; l < LL; l++) {
        ends[c] += append_one(values + ends[c], places + ends[c], x[l * stride + c], (u32)(r + l) * step);
      }
    }
  }
  for (; r < rows; r++, x += stride) {
    for (i64 c = 0; c < cols; c++) {
      ends[c] += append_one(values + ends[c], places + ends[c], x[c], (u32)r * step);
    }
  }
}

typedef struct {
  const T *values, *end;
  const u32 *places;
  const T *b;
  T *c;
  const T *bias;
  M mask;
  int fresh, last;
} Strip;

/** A row's piece of C, N vectors: [C or 0] + Σ value·(row of B), the last vector having a mask if MASKED. */
#define STRIP(N, MASKED) \
  static void JOIN3(strip, N, MASKED)(const Strip *s) { \
    V sums[N]; \
    M mask = s->mask; \
    _Pragma("unroll") for (int j = 0; j < N; j++) { \
      if (s->fresh) sums[j] = vzero(); \
      else sums[j] = MASKED && j == N - 1 ? vloadm(s->c + j * L, mask) : vload(s->c + j * L); \
    } \
    const T *value = s->values, *end = s->end, *b = s->b; \
    const u32 *place = s->places; \
    for (; value < end; value++, place++) { \
      const T *row = b + *place; \
      V left = vset(*value); \
      _Pragma("unroll") for (int j = 0; j < N; j++) \
        sums[j] = vfma(left, MASKED && j == N - 1 ? vloadm(row + j * L, mask) : vload(row + j * L), sums[j]); \
    } \
    _Pragma("unroll") for (int j = 0; j < N; j++) { \
      int masked = MASKED && j == N - 1; \
      V sum = sums[j]; \
      if (s->last) sum = sum + vzero(); \
      if (s->bias) sum = sum + (masked ? vloadm(s->bias + j * L, mask) : vload(s->bias + j * L)); \
      if (masked) vstorem(s->c + j * L, sum, mask); \
      else vstore(s->c + j * L, sum); \
    } \
  }

#define EACH_12(X, MASKED) \
  X(1, MASKED) X(2, MASKED) X(3, MASKED) X(4, MASKED) X(5, MASKED) X(6, MASKED) X(7, MASKED) X(8, MASKED) X(9, MASKED) \
  X(10, MASKED) X(11, MASKED) X(12, MASKED)
#if STRIP_VECTORS == 12
#define EACH_STRIP(X, MASKED) EACH_12(X, MASKED)
#elif STRIP_VECTORS == 13
#define EACH_STRIP(X, MASKED) EACH_12(X, MASKED) X(13, MASKED)
#else
#define EACH_STRIP(X, MASKED) EACH_12(X, MASKED) X(13, MASKED) X(14, MASKED) X(15, MASKED) X(16, MASKED)
#endif
#define ENTRY(N, MASKED) JOIN3(strip, N, MASKED),

EACH_STRIP(STRIP, 1)
typedef void (*StripOf)(const Strip *);
#if ALWAYS_MASKED
static const StripOf strips[1][STRIP_VECTORS] = {{EACH_STRIP(ENTRY, 1)}};
#else
EACH_STRIP(STRIP, 0)
static const StripOf strips[2][STRIP_VECTORS] = {{EACH_STRIP(ENTRY, 0)}, {EACH_STRIP(ENTRY, 1)}};
#endif

/** to[k·width + j] = B's (k, j) for `cols` columns. */
static void pack(T *to, const T *b, i64 bk, i64 bj, i64 width, i64 cols, i64 depth) {
  for (i64 j = 0; j < cols; j += L) {
    i64 valid = least(L, cols - j), k = 0;
    const T *from = b + j * bj;
    T *at = to + j;
    if (bj == 1) {
      M mask = vmask((int)valid);
      for (; k < depth; k++, at += width) vstore(at, vloadm(from + k * bk, mask));
      continue;
    }
    if (valid == L) {
      for (; k + G <= depth; k += G, at += G * width) {
        V block[G];
        for (int q = 0; q < G; q++) block[q] = vrows(from + q * bj + k, G * bj);
        turn(block);
        for (int q = 0; q < G; q++) vstore(at + q * width, block[q]);
      }
    }
    for (; k < depth; k++, at += width) {
      for (i64 l = 0; l < valid; l++) at[l] = from[l * bj + k];
    }
  }
}

/** C (m×n) = A·B, and the bias added to each row: what dense_product makes of it, to the last bit. */
void NAME(sparse_product)(PRODUCT(T)) {
  if (m == 0 || n == 0) return;
  i64 *ends = (i64 *)room->own;
  u32 *places = (u32 *)(ends + MC);
  T *values = (T *)(((u64)room->bytes + 63) & ~63ULL);
  T *panel = (T *)((char *)values + VALUES_BYTES);
  i64 vectors = ceiling(n, L), panels = ceiling(vectors, STRIP_VECTORS), widest = ceiling(vectors, panels);
  int pack_b = bj != 1 || m >= (k * bk * (i64)sizeof(T) > PANEL_BYTES ? PACK_FROM : PACK_SMALL_FROM);
  i64 step = pack_b ? widest * L : bk;
  i64 deepest = pack_b && m >= SHALLOW_FROM ? least(KC, PANEL_BYTES / (step * (i64)sizeof(T))) : KC;
  // Places have 32 bits.
  i64 depths = ceiling(k, least(deepest, 0xffffffffLL / step + 1));
  if (depths == 0) depths = 1;
  i64 blocks = ceiling(m, MC);
  for (i64 d = 0; d < depths; d++) {
    i64 k0 = cut(k, depths, d), depth = cut(k, depths, d + 1) - k0;
    for (i64 block = 0; block < blocks; block++) {
      i64 i0 = cut(m, blocks, block), rows = cut(m, blocks, block + 1) - i0;
      if (ak == 1) {
        i64 end = 0;
        for (i64 i = 0; i < rows; i++) {
          end += list_row(a + (i0 + i) * ai + k0, depth, (u32)step, values + end, places + end);
          ends[i] = end;
        }
      } else {
        list_columns(a + i0 + k0 * ak, ak, depth, rows, (u32)step, values, places, ends);
      }
      for (i64 p = 0; p < panels; p++) {
        i64 first = cut(vectors, panels, p), wide = cut(vectors, panels, p + 1) - first;
        i64 j = first * L, cols = least(wide * L, n - j);
        int tail = (int)(cols - (wide - 1) * L);
        if (pack_b) pack(panel, b + k0 * bk + j * bj, bk, bj, widest * L, cols, depth);
        StripOf strip = strips[ALWAYS_MASKED ? 0 : tail != L][wide - 1];
        Strip s;
        s.b = pack_b ? panel : b + k0 * bk + j;
        s.mask = vmask(tail);
        s.fresh = d == 0;
        s.last = d == depths - 1;
        s.bias = bias && s.last ? bias + j : 0;
        i64 from = 0;
        for (i64 i = 0; i < rows; i++) {
          if (ak != 1) from = i * (KC + SLACK);
          s.values = values + from;
          s.end = values + ends[i];
          s.places = places + from;
          s.c = c + (i0 + i) * n + j;
          strip(&s);
          from = ends[i];
        }
      }
    }
  }
}
