/* What the parts of the limit share: plain gradient descent in C, as fast as a product library lets it be.
 * main.c has the command line, the data, the threads and the clock; minibatch.c a step of many rows; online.c a step of
 * one; products.h says what a library has to do. */
#pragma once
#include <stdint.h>

#define PIXELS 784
#define ROWS 50000
#define MOST_LAYERS 8
#define MOST_THREADS 64

typedef struct {
  int inputs, units;
  float *w; /* inputs x units, row-major: where training starts, and after finish() where it led */
  float *b; /* units */
} Layer;

typedef struct {
  int layers, batch, threads;
  float rate;
  Layer layer[MOST_LAYERS];
  const float *pixels;    /* ROWS x PIXELS, pixels / 255 */
  const uint8_t *classes; /* ROWS */
} Net;

/* A way to make steps. Every thread calls step(), with its own number; parameters may live elsewhere until finish(). */
typedef struct {
  void (*prepare)(Net *);
  void (*step)(Net *, int thread, const uint32_t *rows);
  void (*finish)(Net *);
} Way;

extern const Way minibatch, online;

/* Returns when all threads have called it; they spin. */
void meet(const Net *);

/* Zeroed memory on a cache line's boundary; never freed. */
void *memory(long floats);
