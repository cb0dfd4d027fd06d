/*
 * The products of a dense layer, each by the way that is quick for its shape and its zeros, and what a step of a single
 * row does besides.
 */
#include "vector.h"
#include "kernels.h"

#ifdef ISA_avx512
void JOIN3(turned_product, TYPE, avx2)(PRODUCT(T));
#endif

/** Rows from which on Δ·Wᵀ of mostly zeros visits the others alone: W is turned for it. */
#define TURN_FROM 64
/** Units below which a sum is too short for dX to be made turned. */
#define SHORT 48

/** U = X·W + b. */
void NAME(forward)(const T *x, const T *w, const T *b, T *u, i64 rows, i64 inputs, i64 units, const Room *room) {
  if (rows == 1 || NAME(is_sparse)(x, inputs, rows, inputs, units)) {
    NAME(sparse_product)(x, inputs, 1, w, units, 1, b, u, rows, units, inputs, room);
  } else {
    NAME(dense_product)(x, inputs, 1, w, units, 1, b, u, rows, units, inputs, room);
  }
}

/** Vectors of dX side by side: none waits for another's sum. */
#define ROW_SUMS 3

/** dX = δ·Wᵀ for one row: `groups` vectors of inputs, squares of W being turned in registers. */
INLINE void backward_groups(const T *delta, const T *w, T *dx, i64 units, const int groups) {
  V sums[ROW_SUMS];
  const i64 group = L * units;
  for (int g = 0; g < groups; g++) sums[g] = vzero();
  i64 o = 0;
  for (; o + G <= units; o += G) {
    V d[G];
    _Pragma("unroll") for (int q = 0; q < G; q++) d[q] = vset(delta[o + q]);
    _Pragma("unroll") for (int g = 0; g < groups; g++) {
      V turned[G];
      _Pragma("unroll") for (int q = 0; q < G; q++) turned[q] = vrows(w + g * group + q * units + o, G * units);
      turn(turned);
      _Pragma("unroll") for (int q = 0; q < G; q++) sums[g] = vfma(d[q], turned[q], sums[g]);
    }
  }
  for (; o < units; o++) {
    V d = vset(delta[o]);
    for (int g = 0; g < groups; g++) {
      T column[L];
      for (int l = 0; l < L; l++) column[l] = w[g * group + l * units + o];
      sums[g] = vfma(d, vload(column), sums[g]);
    }
  }
  for (int g = 0; g < groups; g++) vstore(dx + g * L, sums[g] + vzero());
}

static void backward_row(const T *delta, const T *w, T *dx, i64 inputs, i64 units) {
  i64 i = 0;
  for (; i + ROW_SUMS * L <= inputs; i += ROW_SUMS * L) backward_groups(delta, w + i * units, dx + i, units, ROW_SUMS);
  for (; i + L <= inputs; i += L) backward_groups(delta, w + i * units, dx + i, units, 1);
  if (i == inputs) return;
  if (inputs >= L) {
    // The last whole vector's worth once more, with the same bits where it overlaps.
    i = inputs - L;
    backward_groups(delta, w + i * units, dx + i, units, 1);
    return;
  }
  // Fewer inputs than a vector has lanes: what is missing is 0.
  V sum = vzero();
  for (i64 o = 0; o < units; o++) {
    T column[L];
    for (i64 l = 0; l < L; l++) column[l] = l < inputs ? w[l * units + o] : (T)0;
    sum = vfma(vset(delta[o]), vload(column), sum);
  }
  vstorem(dx, sum + vzero(), vmask((int)inputs));
}

/** dX = Δ·Wᵀ. */
void NAME(backward_input)(const T *delta, const T *w, T *dx, i64 rows, i64 inputs, i64 units, const Room *room) {
  if (rows == 1) {
    backward_row(delta, w, dx, inputs, units);
  } else if (rows >= TURN_FROM && NAME(is_sparse)(delta, units, rows, units, inputs)) {
    NAME(sparse_product)(delta, units, 1, w, 1, units, 0, dx, rows, inputs, units, room);
  } else if (units < SHORT) {
    NAME(dense_product)(delta, units, 1, w, 1, units, 0, dx, rows, inputs, units, room);
  } else {
    // dXᵀ = W·Δᵀ: the large factor is then read as it lies.
#ifdef ISA_avx512
    // Rows that would leave half of each vector empty.
    if (rows <= L / 2) {
      JOIN3(turned_product, TYPE, avx2)(w, units, 1, delta, 1, units, 0, dx, inputs, rows, units, room);
      return;
    }
#endif
    NAME(turned_product)(w, units, 1, delta, 1, units, 0, dx, inputs, rows, units, room);
  }
}

/** dW = XᵀΔ for `count` of the inputs from `first` on. */
void NAME(backward_weights)(
    const T *x, const T *delta, T *dw, i64 rows, i64 inputs, i64 units, i64 first, i64 count, const Room *room) {
  x += first;
  if (NAME(is_sparse)(x, inputs, rows, count, units)) {
    NAME(sparse_product)(x, 1, inputs, delta, units, 1, 0, dw, count, units, rows, room);
  } else {
    NAME(dense_product)(x, 1, inputs, delta, units, 1, 0, dw, count, units, rows, room);
  }
}

INLINE T magnitude(T x) { return x < 0 ? -x : x; }

/** Σ|x| of n values. */
static T size_of(const T *x, i64 n) {
  V sums = vzero();
  i64 i = 0;
  for (; i + L <= n; i += L) sums = sums + vabs(vload(x + i));
  if (i < n) sums = sums + vabs(vloadm(x + i, vmask((int)(n - i))));
  T each[L], sum = 0;
  vstore(each, sums);
  for (int l = 0; l < L; l++) sum += each[l];
  return sum;
}

/** Whether n values are all finite. */
static int all_finite(const T *x, i64 n) {
  V odd = vzero();
  i64 i = 0;
  // x − x is NaN where x is not finite, and 0·NaN stays so.
  for (; i + L <= n; i += L) odd = odd + (vload(x + i) - vload(x + i));
  if (i < n) {
    V last = vloadm(x + i, vmask((int)(n - i)));
    odd = odd + (last - last);
  }
  return nonzeros(odd) == 0;
}

/** Half and quarter vectors, wherever they lie. */
typedef T Half __attribute__((vector_size(32), aligned(sizeof(T)), may_alias));
typedef T Quarter __attribute__((vector_size(16), aligned(sizeof(T)), may_alias));

/** row[o …] ← row − rate·(value·δ + 0), one vector of type A if there are as many left. */
#define SUBTRACT(A) \
  for (; o + (i64)(sizeof(A) / sizeof(T)) <= units; o += sizeof(A) / sizeof(T)) { \
    A *at = (A *)(row + o); \
    *at = *at - rate * (value * *(const A *)(delta + o) + (T)0); \
  }

/**
 * row ← row − rate·(value·δ + 0). What no whole vector holds goes by smaller ones, not by a mask: the next row is loaded at
 * once, and a processor that sees a masked store nearby waits for it as if all of it were written.
 */
INLINE void subtract(T *row, const T *delta, i64 units, T value, T rate) {
  V values = vset(value), rates = vset(rate), zero = vzero();
  i64 o = 0;
  for (; o + L <= units; o += L) vstore(row + o, vload(row + o) - rates * (values * vload(delta + o) + zero));
  if (VBYTES > 32) SUBTRACT(Half)
  if (VBYTES > 16) SUBTRACT(Quarter)
  SUBTRACT(T)
}

/**
 * W ← W − rate·xᵀδ over x's nonzeros, b ← b − rate·δ: one row's whole update, with the bits of backward_weights and of a
 * step. Returns whether all of them are finite, if they were so before: none changed by more than
 * rate·(Σ|x| + 1)·Σ|δ|, and where that is less than half the distance between the two largest numbers nothing is to be
 * looked at.
 */
int NAME(rank1)(const T *x, const T *delta, T *w, T *b, i64 inputs, i64 units, T rate) {
  i64 i = 0;
  for (; i + L <= inputs; i += L) {
    for (u32 left = nonzeros(vload(x + i)); left != 0; left &= left - 1) {
      i64 at = i + __builtin_ctz(left);
      subtract(w + at * units, delta, units, x[at], rate);
    }
  }
  for (; i < inputs; i++) {
    if (x[i] != 0) subtract(w + i * units, delta, units, x[i], rate);
  }
  subtract(b, delta, units, 1, rate);
#ifdef F64
  const T harmless = 0x1p970;
#else
  const T harmless = 0x1p103f;
#endif
  // Not so for NaN.
  if (magnitude(rate * ((size_of(x, inputs) + 1) * size_of(delta, units))) < harmless) return 1;
  return all_finite(w, inputs * units) && all_finite(b, units);
}
