/*
 * What the kernels offer each other and the addon. Matrices are row-major, rows next to each other. Every value of a
 * product is one chain of fused multiply-adds from +0 over k = 0, 1, 2, …, then + 0, then the bias where there is one: a
 * sum that underflowed to −0 becomes +0, as it is where zeros are skipped, and bits do not depend on the path.
 * Nothing is checked here.
 */
#ifndef GRADPOOL_KERNELS_H
#define GRADPOOL_KERNELS_H

/** Where a product packs. Nobody else may write there meanwhile, or its result is anything. */
typedef struct {
  /** SCRATCH_BYTES of them, beginning anywhere. */
  char *bytes;
  /** OWN_BYTES at a multiple of 64 that only this thread can reach: places that are added to pointers. */
  char *own;
} Room;

#define SCRATCH_BYTES 1900544
/** Rows and depth of the block whose lists there is room for, and what is written past a list's end. */
#define LIST_ROWS 128
#define LIST_DEPTH 1024
#define LIST_SLACK 16
#define OWN_BYTES (LIST_ROWS * (LIST_DEPTH + LIST_SLACK) * 4 + LIST_ROWS * 8)

/** Rows of B further apart than this many bytes compete for the same places in the cache. */
#define FAR_APART 512

/** What may be multiplied: element (i, k) of A at a[i·ai + k·ak], (k, j) of B at b[k·bk + j·bj]. */
#define PRODUCT(T) \
  const T *a, i64 ai, i64 ak, const T *b, i64 bk, i64 bj, const T *bias, T *c, i64 m, i64 n, i64 k, const Room *room

#define DECLARE(T, S) \
  void JOIN_(dense_product, S)(PRODUCT(T)); \
  void JOIN_(turned_product, S)(PRODUCT(T)); \
  void JOIN_(sparse_product, S)(PRODUCT(T)); \
  int JOIN_(is_sparse, S)(const T *x, i64 stride, i64 rows, i64 cols, i64 m, i64 n); \
  void JOIN_(forward, S)(const T *x, const T *w, const T *b, T *u, i64 rows, i64 inputs, i64 units, const Room *room); \
  void JOIN_(backward_input, S)( \
    const T *delta, const T *w, T *dx, i64 rows, i64 inputs, i64 units, const T *h, const Room *room); \
  void JOIN_(backward_weights, S)( \
    const T *x, const T *delta, T *dw, i64 rows, i64 inputs, i64 units, i64 first, i64 count, const Room *room); \
  int JOIN_(rank1, S)(const T *x, const T *delta, T *w, T *b, i64 inputs, i64 units, T rate); \
  double JOIN_(cross_entropy, S)(T *h, const T *y, i64 rows, i64 cols); \
  void JOIN_(output_minus_target, S)(const T *h, const T *y, T *delta, i64 n); \
  int JOIN_(sgd, S)(T *theta, const T *g, T *v, T *unused, i64 n, const T *s); \
  int JOIN_(adam, S)(T *theta, const T *g, T *m, T *v, i64 n, const T *s); \
  void JOIN_(relu_forward, S)(const T *u, T *h, i64 n); \
  void JOIN_(relu_backward, S)(const T *h, T *delta, i64 n); \
  void JOIN_(gather_bytes, S)(const unsigned char *row, T *x, i64 cols, T high, T low, T offset);

#define JOIN__(a, b) a##_##b
#define JOIN_(a, b) JOIN__(a, b)

#ifdef TYPE
#define S_ JOIN_(TYPE, ISA)
DECLARE(T, S_)
#endif

#endif
