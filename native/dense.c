/*
 * Products that visit every value, blocked after Goto and van de Geijn (2008): a block of B lies packed in the
 * second-level cache where its rows are far apart, a panel of it in the first, and a tile of C keeps its sums in
 * registers while k runs. A later block of k goes on from the sums that were stored. Knows nothing of zeros.
 */
#include "vector.h"
#include "kernels.h"

/** Depth of a block; of a turned product, whose sums are dearer to store. */
#define KC 256
#define KC_TURNED 1024
/** Bytes for packed blocks of B, and of A. */
#define B_BYTES 1310720
#define A_BYTES 262144
/** Rows of tiles over which packing a panel of B pays, where its rows are far apart. */
#define PACK_FROM 8

typedef struct {
  const T *a;
  i64 ai, ak;
  const T *b;
  i64 bk;
  T *c;
  i64 ci;
  /* Null: none, or not yet. */
  const T *bias;
  i64 k;
  /* How many of the last k have no values of B behind the tile to be read. */
  i64 cut;
  M mask;
  /* Whether the sums begin at +0, and whether they end here. */
  int fresh, last;
} Tile;

/** Goes on with R·N sums over k for COUNT of them; the last vector of B has a mask where `masked`. */
#define SUM(R, N, COUNT, masked) \
  for (i64 left_k = COUNT; left_k > 0; left_k--, b += bk, at += ak) { \
    V right[N]; \
    _Pragma("unroll") for (int j = 0; j < N; j++) \
      right[j] = (masked) && j == N - 1 ? vloadm(b + j * L, mask) : vload(b + j * L); \
    _Pragma("unroll") for (int i = 0; i < R; i++) { \
      V left = vset(rows[i][at]); \
      _Pragma("unroll") for (int j = 0; j < N; j++) sums[i][j] = vfma(left, right[j], sums[i][j]); \
    } \
  }

/**
 * A tile of R rows × N vectors, of which the last has a mask if MASKED. All three are constants. Where masks cost something,
 * as AVX2's does the sixteenth register, B is read whole as long as its rows go on behind the tile: those lanes come to
 * nothing.
 */
#define TILE(R, N, MASKED) \
  static void JOIN3(tile, R##x##N, MASKED)(const Tile *t) { \
    V sums[R][N]; \
    const T *rows[R]; \
    _Pragma("unroll") for (int i = 0; i < R; i++) { \
      rows[i] = t->a + i * t->ai; \
      _Pragma("unroll") for (int j = 0; j < N; j++) { \
        const T *from = t->c + i * t->ci + j * L; \
        if (t->fresh) sums[i][j] = vzero(); \
        else sums[i][j] = MASKED && j == N - 1 ? vloadm(from, t->mask) : vload(from); \
      } \
    } \
    const T *b = t->b; \
    i64 bk = t->bk, ak = t->ak, at = 0; \
    M mask = t->mask; \
    SUM(R, N, t->k - t->cut, ALWAYS_MASKED) \
    if (MASKED && !ALWAYS_MASKED) SUM(R, N, t->cut, 1) \
    _Pragma("unroll") for (int i = 0; i < R; i++) { \
      _Pragma("unroll") for (int j = 0; j < N; j++) { \
        int masked = MASKED && j == N - 1; \
        T *to = t->c + i * t->ci + j * L; \
        V sum = sums[i][j]; \
        if (t->last) sum = sum + vzero(); \
        if (t->bias) sum = sum + (masked ? vloadm(t->bias + j * L, mask) : vload(t->bias + j * L)); \
        if (masked) vstorem(to, sum, mask); \
        else vstore(to, sum); \
      } \
    } \
  }

#define ROWS_6(X, N, MASKED) \
  X(1, N, MASKED) X(2, N, MASKED) X(3, N, MASKED) X(4, N, MASKED) X(5, N, MASKED) X(6, N, MASKED)
#define ROWS_8(X, N, MASKED) ROWS_6(X, N, MASKED) X(7, N, MASKED) X(8, N, MASKED)
#define ROWS_9(X, N, MASKED) ROWS_8(X, N, MASKED) X(9, N, MASKED)
#define ROWS_(R) ROWS_##R
#define ROWS(R) ROWS_(R)

#define ENTRY(R, N, MASKED) JOIN3(tile, R##x##N, MASKED),
#if TILE_VECTORS == 3
#define EACH_TILE(X, MASKED) ROWS(TALL_ROWS)(X, 1, MASKED) ROWS(TILE_ROWS)(X, 2, MASKED) ROWS(TILE_ROWS)(X, 3, MASKED)
#define ENTRIES(MASKED) \
  { {ROWS(TALL_ROWS)(ENTRY, 1, MASKED)}, {ROWS(TILE_ROWS)(ENTRY, 2, MASKED)}, {ROWS(TILE_ROWS)(ENTRY, 3, MASKED)} }
#else
#define EACH_TILE(X, MASKED) ROWS(TALL_ROWS)(X, 1, MASKED) ROWS(TILE_ROWS)(X, 2, MASKED)
#define ENTRIES(MASKED) { {ROWS(TALL_ROWS)(ENTRY, 1, MASKED)}, {ROWS(TILE_ROWS)(ENTRY, 2, MASKED)} }
#endif

EACH_TILE(TILE, 1)
typedef void (*TileOf)(const Tile *);
#if ALWAYS_MASKED
static const TileOf tiles[1][TILE_VECTORS][TALL_ROWS] = {ENTRIES(1)};
#else
EACH_TILE(TILE, 0)
static const TileOf tiles[2][TILE_VECTORS][TALL_ROWS] = {ENTRIES(0), ENTRIES(1)};
#endif

static void run(const Tile *t, i64 rows, i64 vectors, int masked) {
  tiles[ALWAYS_MASKED ? 0 : masked][vectors - 1][rows - 1](t);
}

/** A tile whose C lies turned: element (i, j) at t->c[j·t->ci + i]. It is computed aside, `cols` columns wide. */
static void run_turned(Tile *t, i64 rows, i64 vectors, i64 cols, int masked) {
  T aside[TILE_ROWS * TILE_VECTORS * L];
  T *c = t->c;
  i64 ci = t->ci, width = vectors * L;
  if (!t->fresh) {
    for (i64 j = 0; j < cols; j++) {
      for (i64 i = 0; i < rows; i++) aside[i * width + j] = c[j * ci + i];
    }
  }
  t->c = aside;
  t->ci = width;
  run(t, rows, vectors, masked);
  i64 whole_rows = rows - rows % G, whole = cols - cols % L;
  for (i64 i = 0; i < whole_rows; i += G) {
    for (i64 j = 0; j < whole; j += L) {
      V block[G];
      for (int q = 0; q < G; q++) block[q] = vload(aside + (i + q) * width + j);
      turn(block);
      for (int q = 0; q < G; q++) vstore_rows(c + (j + q) * ci + i, G * ci, block[q]);
    }
  }
  for (i64 j = 0; j < cols; j++) {
    for (i64 i = j < whole ? whole_rows : 0; i < rows; i++) c[j * ci + i] = aside[i * width + j];
  }
}

/**
 * to[k·width + l] = B's (k, l) for columns `bj` apart, `cols` of them and then the last one again, as many as a vector has
 * lanes. Square blocks are turned in registers, one in each 16 bytes; the last of them overlaps the one before it.
 */
INLINE void pack_columns(T *to, const T *b, i64 bj, i64 width, i64 cols, i64 depth) {
  // A lane's column.
#define COLUMN(l) (b + least((l) % L, cols - 1) * bj + k)
  i64 k = 0;
  for (; k < depth && depth >= G; k += G) {
    k = least(k, depth - G);
    V block[G];
    _Pragma("unroll") for (int q = 0; q < G; q++)
      block[q] = vlanes(COLUMN(q), COLUMN(G + q), COLUMN(2 * G + q), COLUMN(3 * G + q));
    turn(block);
    _Pragma("unroll") for (int q = 0; q < G; q++) vstore(to + (k + q) * width, block[q]);
  }
  for (; k < depth; k++) {
    for (int l = 0; l < L; l++) to[k * width + l] = *COLUMN(l);
  }
#undef COLUMN
}

/** to[k·width + j] = B's (k, j) for `cols` of a panel's `width` columns, and what comes to nothing in the others. */
static void pack(T *to, const T *b, i64 bk, i64 bj, i64 width, i64 cols, i64 depth) {
  if (bj == 1) {
    i64 whole = cols - cols % L;
    M mask = vmask(cols == whole ? L : (int)(cols - whole));
    for (i64 k = 0; k < depth; k++, to += width, b += bk) {
      i64 j = 0;
      for (; j < whole; j += L) vstore(to + j, vload(b + j));
      if (j < cols) vstore(to + j, vloadm(b + j, mask));
    }
    return;
  }
  i64 j = 0;
  for (; j + L <= cols; j += L) pack_columns(to + j, b + j * bj, bj, width, L, depth);
  if (j < cols) pack_columns(to + j, b + j * bj, bj, width, cols - j, depth);
}

/** A's rows, whose values lie `ak` apart, side by side: to[k·rows + i]. What is written past a row's end comes next. */
static void pack_rows(T *to, const T *a, i64 ak, i64 rows, i64 depth) {
  i64 whole = rows - rows % L;
  M mask = vmask(rows == whole ? L : (int)(rows - whole));
  for (i64 k = 0; k < depth; k++, to += rows, a += ak) {
    i64 i = 0;
    for (; i < whole; i += L) vstore(to + i, vload(a + i));
    if (i < rows) vstore(to + i, vloadm(a + i, mask));
  }
}

/** How many of B's k rows, `bk` apart, are followed by as many values of B as are `missing` to a whole vector. */
INLINE i64 readable(i64 k, i64 bk, i64 missing) { return (k - 1) * bk < missing ? 0 : ((k - 1) * bk - missing) / bk + 1; }

INLINE void product(PRODUCT(T), const int turned) {
  if (m == 0 || n == 0) return;
  T *panels_of_b = (T *)(((u64)room->bytes + 63) & ~63ULL);
  T *rows_of_a = panels_of_b + B_BYTES / sizeof(T);
  i64 vectors = ceiling(n, L), panels = ceiling(vectors, TILE_VECTORS);
  const i64 height = vectors == 1 ? TALL_ROWS : TILE_ROWS;
  i64 depths = ceiling(k, turned ? KC_TURNED : KC);
  if (depths == 0) depths = 1;
  int pack_b = bj != 1 || (bk * (i64)sizeof(T) > FAR_APART && m > PACK_FROM * TILE_ROWS);
  int pack_a = ai == 1 && ak * (i64)sizeof(T) > FAR_APART && panels > 1;
  i64 deepest = ceiling(k, depths);
  i64 panel = deepest * TILE_VECTORS * L;
  i64 at_once = pack_b && panel > 0 ? B_BYTES / (panel * (i64)sizeof(T)) : panels;
  i64 highest = deepest > 0 ? A_BYTES / (deepest * (i64)sizeof(T)) : m;
  i64 blocks = ceiling(m, highest);
  for (i64 p0 = 0; p0 < panels; p0 += at_once) {
    i64 p1 = least(panels, p0 + at_once);
    for (i64 d = 0; d < depths; d++) {
      i64 k0 = cut(k, depths, d), depth = cut(k, depths, d + 1) - k0;
      if (pack_b) {
        for (i64 p = p0; p < p1; p++) {
          i64 first = cut(vectors, panels, p), width = (cut(vectors, panels, p + 1) - first) * L, j = first * L;
          pack(panels_of_b + (p - p0) * panel, b + k0 * bk + j * bj, bk, bj, width, least(width, n - j), depth);
        }
      }
      for (i64 block = 0; block < blocks; block++) {
        i64 i0 = cut(m, blocks, block), rows = cut(m, blocks, block + 1) - i0, steps = ceiling(rows, height);
        if (pack_a) {
          for (i64 s = 0; s < steps; s++) {
            i64 i = cut(rows, steps, s), count = cut(rows, steps, s + 1) - i;
            pack_rows(rows_of_a + i * depth, a + (i0 + i) + k0 * ak, ak, count, depth);
          }
        }
        for (i64 p = p0; p < p1; p++) {
          i64 first = cut(vectors, panels, p), wide = cut(vectors, panels, p + 1) - first;
          i64 j = first * L, cols = least(wide * L, n - j);
          int tail = (int)(cols - (wide - 1) * L);
          Tile t;
          t.mask = vmask(tail);
          t.k = depth;
          t.cut = ALWAYS_MASKED || pack_b || tail == L ? 0 : least(depth, k0 + depth - readable(k, bk, L - tail));
          if (t.cut < 0) t.cut = 0;
          t.fresh = d == 0;
          t.last = d == depths - 1;
          t.bias = bias && t.last ? bias + j : 0;
          for (i64 s = 0; s < steps; s++) {
            i64 i = cut(rows, steps, s), count = cut(rows, steps, s + 1) - i;
            t.a = pack_a ? rows_of_a + i * depth : a + (i0 + i) * ai + k0 * ak;
            t.ai = pack_a ? 1 : ai;
            t.ak = pack_a ? count : ak;
            t.b = pack_b ? panels_of_b + (p - p0) * panel : b + k0 * bk + j;
            t.bk = pack_b ? wide * L : bk;
            t.c = turned ? c + j * m + i0 + i : c + (i0 + i) * n + j;
            t.ci = turned ? m : n;
            if (turned) run_turned(&t, count, wide, cols, tail != L);
            else run(&t, count, wide, tail != L);
          }
        }
      }
    }
  }
}

/** C (m×n) = A·B, and the bias added to each row. */
void NAME(dense_product)(PRODUCT(T)) { product(a, ai, ak, b, bk, bj, bias, c, m, n, k, room, 0); }

/** The same, C being stored turned: n rows of m values. No bias. */
void NAME(turned_product)(PRODUCT(T)) { product(a, ai, ak, b, bk, bj, 0, c, m, n, k, room, 1); (void)bias; }
