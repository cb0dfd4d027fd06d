/* Products by LIBXSMM, which compiles a kernel for each size. It knows columns first, so that all stands here as its
 * transpose: u^T = W^T h^T. What a kernel reads again and again lies close together: W in panels of PANEL columns (kept
 * like this from the first step to the last), delta in such panels too, and for the update h turned, where its rows lie
 * at a distance that a cache takes for one place. The product with W^T is made turned, for which only delta is, not W. */
#include <libxsmm.h>
#include <string.h>
#include "products.h"

#define PANEL 64      /* columns of W in a panel, where there are more than 128 */
#define MOST_DEPTH 256 /* products summed in one call: a panel's part of that height stays in the first-level cache */
#define BLOCK 64      /* rows, or inputs, in one call */

typedef libxsmm_gemmfunction Kernel;
typedef libxsmm_meltwfunction_unary Turn;

/* A layer in one of its sizes of rows (those of a thread, in blocks of `rows`). */
typedef struct {
  int panels, panel;      /* how many, and columns in each but the last */
  int rows, depth, tall;  /* in one call: rows, inputs summed, inputs written */
  int height;             /* rows of the minibatch summed in one call of the update */
  int is_turned;          /* h, for the update */
  float *w;               /* panels x inputs x columns */
  float *delta;           /* panels x batch x columns */
  float *h;               /* inputs x batch, where it is turned */
} Layout;

static Layout layouts[MOST_LAYERS];
static float *scratch[MOST_THREADS]; /* delta turned, and a block of the product turned back */

const char *const products_name = "LIBXSMM";
const char *products_version(void) { return LIBXSMM_VERSION; }

/* The greatest part of n that divides it evenly and is no more than most. */
static int part_of(int n, int most) {
  int parts = (n + most - 1) / most;
  while (n % parts) parts++;
  return n / parts;
}

static int columns_of(const Net *net, int l, int p) {
  const Layout *y = &layouts[l];
  return p + 1 < y->panels ? y->panel : net->layer[l].units - p * y->panel;
}

static Kernel kernel(int m, int n, int k, int lda, int ldb, int ldc, int flags) {
  libxsmm_gemm_shape shape = libxsmm_create_gemm_shape(m, n, k, lda, ldb, ldc, LIBXSMM_DATATYPE_F32, LIBXSMM_DATATYPE_F32,
                                                       LIBXSMM_DATATYPE_F32, LIBXSMM_DATATYPE_F32);
  return libxsmm_dispatch_gemm(shape, flags, LIBXSMM_GEMM_PREFETCH_NONE);
}

static void call(Kernel f, const float *a, const float *b, float *c) {
  libxsmm_gemm_param of = {0};
  of.a.primary = (void *)a, of.b.primary = (void *)b, of.c.primary = c;
  f(&of);
}

/* out (columns x rows) = in (rows x columns), each at its own distance between rows. */
static void turn(int rows, int columns, const float *in, int ld_in, float *out, int ld_out) {
  libxsmm_meltw_unary_shape shape = libxsmm_create_meltw_unary_shape(columns, rows, ld_in, ld_out, LIBXSMM_DATATYPE_F32,
                                                                     LIBXSMM_DATATYPE_F32, LIBXSMM_DATATYPE_F32);
  libxsmm_meltw_unary_param of = {0};
  of.in.primary = (void *)in, of.out.primary = out;
  libxsmm_dispatch_meltw_unary(LIBXSMM_MELTW_TYPE_UNARY_TRANSFORM_NORM_TO_NORMT, shape, 0)(&of);
}

static void copy_panels(Net *net, int l, int is_back) {
  Layer *layer = &net->layer[l];
  float *panel = layouts[l].w;
  for (int p = 0; p < layouts[l].panels; p++) {
    int columns = columns_of(net, l, p);
    for (int i = 0; i < layer->inputs; i++, panel += columns) {
      float *row = layer->w + (long)i * layer->units + p * layouts[l].panel;
      if (is_back) memcpy(row, panel, columns * sizeof(float));
      else memcpy(panel, row, columns * sizeof(float));
    }
  }
}

void products_prepare(Net *net) {
  int rows = net->batch / net->threads, most = 0;
  libxsmm_init();
  for (int l = 0; l < net->layers; l++) {
    Layer *layer = &net->layer[l];
    Layout *y = &layouts[l];
    y->panel = layer->units <= 128 ? layer->units : PANEL;
    y->panels = (layer->units + y->panel - 1) / y->panel;
    /* Where threads have different numbers of rows, one at a time, which is slow: no case of the benchmark. */
    y->rows = net->batch % net->threads ? 1 : part_of(rows, BLOCK);
    y->depth = part_of(layer->inputs, MOST_DEPTH);
    y->tall = part_of(layer->inputs, BLOCK);
    y->height = part_of(net->batch, MOST_DEPTH);
    y->is_turned = layer->inputs % 256 == 0;
    y->w = memory((long)layer->inputs * layer->units);
    y->delta = memory((long)net->batch * layer->units);
    if (y->is_turned) y->h = memory((long)net->batch * layer->inputs);
    if (layer->units > most) most = layer->units;
    copy_panels(net, l, 0);
  }
  for (int t = 0; t < net->threads; t++) scratch[t] = memory((long)BLOCK * (most + BLOCK));
}

void products_finish(Net *net) {
  for (int l = 0; l < net->layers; l++) copy_panels(net, l, 1);
}

void products_forward(Net *net, int l, const float *h, float *u, int from, int to) {
  const Layer *layer = &net->layer[l];
  const Layout *y = &layouts[l];
  for (int r = from; r < to; r++) memcpy(u + (long)r * layer->units, layer->b, layer->units * sizeof(float));
  for (int r = from; r < to; r += y->rows)
    for (int p = 0; p < y->panels; p++) {
      int columns = columns_of(net, l, p), at = p * y->panel;
      const float *panel = y->w + (long)at * layer->inputs;
      Kernel f = kernel(columns, y->rows, y->depth, columns, layer->inputs, layer->units, 0);
      for (int i = 0; i < layer->inputs; i += y->depth)
        call(f, panel + (long)i * columns, h + (long)r * layer->inputs + i, u + (long)r * layer->units + at);
    }
}

/* Rows r.. of the product with W^T, turned and turned back, block by block of the inputs. */
static void below_of(Net *net, int l, int thread, const float *h, const float *delta, float *below, int r) {
  const Layer *layer = &net->layer[l];
  const Layout *y = &layouts[l];
  float *turned = scratch[thread], *block = turned + (long)y->rows * layer->units;
  turn(y->rows, layer->units, delta + (long)r * layer->units, layer->units, turned, y->rows);
  for (int i = 0; i < layer->inputs; i += y->tall) {
    for (int p = 0; p < y->panels; p++) {
      int columns = columns_of(net, l, p), at = p * y->panel;
      Kernel f = kernel(y->rows, y->tall, columns, y->rows, columns, y->rows, p == 0 ? LIBXSMM_GEMM_FLAG_BETA_0 : 0);
      call(f, turned + (long)at * y->rows, y->w + (long)at * layer->inputs + (long)i * columns, block);
    }
    turn(y->tall, y->rows, block, y->rows, below + (long)r * layer->inputs + i, layer->inputs);
  }
  for (long k = (long)r * layer->inputs, end = k + (long)y->rows * layer->inputs; k < end; k++) below[k] = h[k] > 0 ? below[k] : 0;
}

void products_backward(Net *net, int l, int thread, const float *h, const float *delta, float *below, int from, int to) {
  const Layer *layer = &net->layer[l];
  const Layout *y = &layouts[l];
  for (int r = from; r < to; r += y->rows) {
    if (below) below_of(net, l, thread, h, delta, below, r);
    if (y->is_turned) turn(y->rows, layer->inputs, h + (long)r * layer->inputs, layer->inputs, y->h + r, net->batch);
  }
  if (y->panels == 1) return;
  for (int p = 0; p < y->panels; p++) {
    int columns = columns_of(net, l, p), at = p * y->panel;
    float *panel = y->delta + (long)at * net->batch;
    for (int r = from; r < to; r++) memcpy(panel + (long)r * columns, delta + (long)r * layer->units + at, columns * sizeof(float));
  }
}

void products_update(Net *net, int l, int thread, const float *h, const float *delta) {
  const Layer *layer = &net->layer[l];
  const Layout *y = &layouts[l];
  int ldb = y->is_turned ? net->batch : layer->inputs;
  for (int i = thread * y->tall; i < layer->inputs; i += net->threads * y->tall)
    for (int p = 0; p < y->panels; p++) {
      int columns = columns_of(net, l, p), at = p * y->panel;
      const float *panel = y->panels == 1 ? delta : y->delta + (long)at * net->batch;
      Kernel f = kernel(columns, y->tall, y->height, columns, ldb, columns, y->is_turned ? 0 : LIBXSMM_GEMM_FLAG_TRANS_B);
      for (int r = 0; r < net->batch; r += y->height)
        call(f, panel + (long)r * columns, y->is_turned ? y->h + (long)i * net->batch + r : h + (long)r * layer->inputs + i,
             y->w + (long)at * layer->inputs + (long)i * columns);
    }
}
