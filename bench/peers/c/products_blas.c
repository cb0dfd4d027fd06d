/* Products by a BLAS: Intel's MKL (-DMKL) or OpenBLAS, in each thread a call of its own with one thread. */
#include <string.h>
#include "products.h"

#ifdef MKL
#include <mkl.h>
const char *const products_name = "MKL";
const char *products_version(void) {
  static char text[32];
  MKLVersion version;
  mkl_get_version(&version);
  __builtin_snprintf(text, sizeof text, "%d.%d", version.MajorVersion, version.MinorVersion);
  return text;
}
static void one_thread(void) { mkl_set_num_threads(1); }
#else
/* PyPI's build (scipy-openblas32) puts a name before each function's. */
#ifdef PREFIXED
#define cblas_sgemm scipy_cblas_sgemm
#define openblas_get_config scipy_openblas_get_config
#define openblas_set_num_threads scipy_openblas_set_num_threads
#endif
#include <cblas.h>
const char *const products_name = "OpenBLAS";
const char *products_version(void) {
  static char text[64];
  /* "OpenBLAS 0.3.21 NO_LAPACKE …" */
  const char *config = openblas_get_config();
  const char *number = strchr(config, ' ') ? strchr(config, ' ') + 1 : config;
  __builtin_snprintf(text, sizeof text, "%.*s", (int)strcspn(number, " "), number);
  return text;
}
static void one_thread(void) { openblas_set_num_threads(1); }
#endif

void products_prepare(Net *net) {
  (void)net;
  one_thread();
}

void products_finish(Net *net) { (void)net; }

void products_forward(Net *net, int l, const float *h, float *u, int from, int to) {
  const Layer *y = &net->layer[l];
  u += (long)from * y->units;
  for (int r = 0; r < to - from; r++) memcpy(u + (long)r * y->units, y->b, y->units * sizeof(float));
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, to - from, y->units, y->inputs, 1, h + (long)from * y->inputs,
              y->inputs, y->w, y->units, 1, u, y->units);
}

void products_backward(Net *net, int l, int thread, const float *h, const float *delta, float *below, int from, int to) {
  (void)thread;
  if (!below) return;
  const Layer *y = &net->layer[l];
  long at = (long)from * y->inputs, end = (long)to * y->inputs;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, to - from, y->inputs, y->units, 1, delta + (long)from * y->units,
              y->units, y->w, y->units, 0, below + at, y->inputs);
  for (long i = at; i < end; i++) below[i] = h[i] > 0 ? below[i] : 0;
}

void products_update(Net *net, int l, int thread, const float *h, const float *delta) {
  Layer *y = &net->layer[l];
  int from = (long)y->inputs * thread / net->threads, to = (long)y->inputs * (thread + 1) / net->threads;
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, to - from, y->units, net->batch, 1, h + from, y->inputs, delta,
              y->units, 1, y->w + (long)from * y->units, y->units);
}
