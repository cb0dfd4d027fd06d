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
#define TURN_FROM 32
/** Units below which a sum is too short for dX to be made turned. */
#define SHORT 48

/** U = X·W + b. */
void NAME(forward)(const T *x, const T *w, const T *b, T *u, i64 rows, i64 inputs, i64 units, const Room *room) {
  if (rows == 1 || NAME(is_sparse)(x, inputs, rows, inputs, rows, units)) {
    NAME(sparse_product)(x, inputs, 1, w, units, 1, b, u, rows, units, inputs, room);
  } else {
    NAME(dense_product)(x, inputs, 1, w, units, 1, b, u, rows, units, inputs, room);
  }
}

INLINE T magnitude(T x) { return x < 0 ? -x : x; }

/** Σ|x| of n values. */
static T size_of(const T *x, i64 n) {
  V sums = vzero(), others = vzero();
  i64 i = 0;
  // Two sums: neither waits for the other.
  for (; i + 2 * L <= n; i += 2 * L) {
    sums = sums + vabs(vload(x + i));
    others = others + vabs(vload(x + i + L));
  }
  sums = sums + others;
  for (; i + L <= n; i += L) sums = sums + vabs(vload(x + i));
  if (i < n) sums = sums + vabs(vloadm(x + i, vmask((int)(n - i))));
  T each[L], sum = 0;
  vstore(each, sums);
  for (int l = 0; l < L; l++) sum += each[l];
  return sum;
}

/** Vectors of dX side by side: none waits for another's sum. */
#define ROW_SUMS 3

/** The k-th of some rows of W: next to each other from `w` on, or at places of their own. */
INLINE const T *row_of(const T *w, const T *const *rows, i64 units, int k) { return rows ? rows[k] : w + k * units; }

/** Columns [o, o + G) of the rows of group `g`: a vector each. */
INLINE void turned_columns(const T *w, const T *const *rows, i64 units, i64 o, int g, V *columns) {
#define ROW(k) (row_of(w, rows, units, g * L + (k) % L) + o)
  _Pragma("unroll") for (int q = 0; q < G; q++) columns[q] = vlanes(ROW(q), ROW(G + q), ROW(2 * G + q), ROW(3 * G + q));
#undef ROW
  turn(columns);
}

/** δ·Wᵀ for as many rows of W as `groups` vectors have lanes, squares of them being turned in registers. */
INLINE void backward_groups(const T *delta, const T *w, const T *const *rows, T *to, i64 units, const int groups) {
  V sums[ROW_SUMS], columns[G];
  for (int g = 0; g < groups; g++) sums[g] = vzero();
  i64 o = 0;
  for (; o + G <= units; o += G) {
    V d[G];
    _Pragma("unroll") for (int q = 0; q < G; q++) d[q] = vset(delta[o + q]);
    _Pragma("unroll") for (int g = 0; g < groups; g++) {
      turned_columns(w, rows, units, o, g, columns);
      _Pragma("unroll") for (int q = 0; q < G; q++) sums[g] = vfma(d[q], columns[q], sums[g]);
    }
  }
  if (units < G) {
    for (; o < units; o++) {
      for (int g = 0; g < groups; g++) {
        T column[L];
        for (int l = 0; l < L; l++) column[l] = row_of(w, rows, units, g * L + l)[o];
        sums[g] = vfma(vset(delta[o]), vload(column), sums[g]);
      }
    }
  } else if (o < units) {
    // The last square overlaps the one before it, whose columns were had.
    const i64 last = units - G;
    for (int g = 0; g < groups; g++) {
      turned_columns(w, rows, units, last, g, columns);
      _Pragma("unroll") for (int q = 1; q < G; q++) {
        if (last + q >= o) sums[g] = vfma(vset(delta[last + q]), columns[q], sums[g]);
      }
    }
  }
  for (int g = 0; g < groups; g++) vstore(to + g * L, sums[g] + vzero());
}

static void backward_row(const T *delta, const T *w, T *dx, i64 inputs, i64 units) {
  i64 i = 0;
  for (; i + ROW_SUMS * L <= inputs; i += ROW_SUMS * L) backward_groups(delta, w + i * units, 0, dx + i, units, ROW_SUMS);
  for (; i + L <= inputs; i += L) backward_groups(delta, w + i * units, 0, dx + i, units, 1);
  if (i == inputs) return;
  if (inputs >= L) {
    // The last whole vector's worth once more, with the same bits where it overlaps.
    i = inputs - L;
    backward_groups(delta, w + i * units, 0, dx + i, units, 1);
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

/** dX's values at `count` places, 1 or more; there is room for a vector of places more. */
static void backward_places(const T *delta, const T *w, T *dx, i64 units, u32 *places, i64 count) {
  const T *rows[ROW_SUMS * L];
  T sums[ROW_SUMS * L];
  const i64 groups = ceiling(count, L);
  for (i64 k = count; k < groups * L; k++) places[k] = places[count - 1];
  for (i64 k = 0; k < groups * L; k++) rows[k] = w + places[k] * units;
  if (groups == 3) backward_groups(delta, 0, rows, sums, units, 3);
  else if (groups == 2) backward_groups(delta, 0, rows, sums, units, 2);
  else backward_groups(delta, 0, rows, sums, units, 1);
  for (i64 k = 0; k < count; k++) dx[places[k]] = sums[k];
}

/** The same for the inputs alone whose `h` is not 0, and 0 for the others. */
static void backward_alive(const T *delta, const T *w, T *dx, i64 inputs, i64 units, const T *h) {
  u32 places[(ROW_SUMS + 1) * L];
  i64 count = 0;
  for (i64 i = 0; i < inputs; i++) {
    places[count] = (u32)i;
    dx[i] = 0;
    count += h[i] != 0;
    if (count == ROW_SUMS * L) {
      backward_places(delta, w, dx, units, places, count);
      count = 0;
    }
  }
  if (count > 0) backward_places(delta, w, dx, units, places, count);
}

/** dX = Δ·Wᵀ. @param h not null: where h is 0, dX is about to be multiplied by 0, and may be 0 at once */
void NAME(backward_input)(
    const T *delta, const T *w, T *dx, i64 rows, i64 inputs, i64 units, const T *h, const Room *room) {
  if (rows == 1) {
    // So that what is left out would have been finite, and 0 times it is 0: no sum is above half the largest number.
    if (h && size_of(delta, units) < (T)0.5) backward_alive(delta, w, dx, inputs, units, h);
    else backward_row(delta, w, dx, inputs, units);
  } else if (rows >= TURN_FROM && NAME(is_sparse)(delta, units, rows, units, rows, inputs)) {
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
  if (NAME(is_sparse)(x, inputs, rows, count, count, units)) {
    NAME(sparse_product)(x, 1, inputs, delta, units, 1, 0, dw, count, units, rows, room);
  } else {
    NAME(dense_product)(x, 1, inputs, delta, units, 1, 0, dw, count, units, rows, room);
  }
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

/** Whole vectors of δ that stay in registers while the rows run by, at most. */
#define KEPT 8

/**
 * row ← row − rate·(value·δ + 0), the first `n` whole vectors of δ being `kept`. What no whole vector holds goes by smaller
 * ones, not by a mask: the next row is loaded at once, and a processor that sees a masked store nearby waits for it as if
 * all of it were written.
 */
INLINE void subtract(T *row, const T *delta, const V *kept, const int n, i64 units, T value, T rate) {
  V values = vset(value), rates = vset(rate), zero = vzero();
  _Pragma("unroll") for (int v = 0; v < n; v++)
    vstore(row + v * L, vload(row + v * L) - rates * (values * kept[v] + zero));
  i64 o = n * L;
  for (; o + L <= units; o += L) vstore(row + o, vload(row + o) - rates * (values * vload(delta + o) + zero));
  if (VBYTES > 32) SUBTRACT(Half)
  if (VBYTES > 16) SUBTRACT(Quarter)
  SUBTRACT(T)
}

/** The same for the row of W of each x that is not 0, and for b. */
INLINE void subtract_all(const T *x, const T *delta, T *w, T *b, i64 inputs, i64 units, T rate, const int n) {
  V kept[KEPT];
  _Pragma("unroll") for (int v = 0; v < n; v++) kept[v] = vload(delta + v * L);
  i64 i = 0;
  for (; i + L <= inputs; i += L) {
    for (u32 left = nonzeros(vload(x + i)); left != 0; left &= left - 1) {
      i64 at = i + __builtin_ctz(left);
      subtract(w + at * units, delta, kept, n, units, x[at], rate);
    }
  }
  for (; i < inputs; i++) {
    if (x[i] != 0) subtract(w + i * units, delta, kept, n, units, x[i], rate);
  }
  subtract(b, delta, kept, n, units, 1, rate);
}

/**
 * W ← W − rate·xᵀδ over x's nonzeros, b ← b − rate·δ: one row's whole update, with the bits of backward_weights and of a
 * step. Returns whether all of them are finite, if they were so before: none changed by more than
 * rate·(Σ|x| + 1)·Σ|δ|, and where that is less than half the distance between the two largest numbers nothing is to be
 * looked at.
 */
int NAME(rank1)(const T *x, const T *delta, T *w, T *b, i64 inputs, i64 units, T rate) {
#ifdef F64
  subtract_all(x, delta, w, b, inputs, units, rate, 0);
#else
  const i64 vectors = units / L;
  if (vectors >= KEPT) subtract_all(x, delta, w, b, inputs, units, rate, KEPT);
  else if (vectors >= 6) subtract_all(x, delta, w, b, inputs, units, rate, 6);
  else if (vectors >= 3) subtract_all(x, delta, w, b, inputs, units, rate, 3);
  else subtract_all(x, delta, w, b, inputs, units, rate, 0);
#endif
#ifdef F64
  const T harmless = 0x1p970;
#else
  const T harmless = 0x1p103f;
#endif
  // Not so for NaN.
  if (magnitude(rate * ((size_of(x, inputs) + 1) * size_of(delta, units))) < harmless) return 1;
  return all_finite(w, inputs * units) && all_finite(b, units);
}
