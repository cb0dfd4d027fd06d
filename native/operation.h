/*
 * What may be asked of the addon: operations as numbers, checked against the memory once, and done as often as is wanted.
 * A number that is not right is told of; nothing is done then.
 */
#ifndef GRADPOOL_OPERATION_H
#define GRADPOOL_OPERATION_H

typedef long long i64;
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned char u8;

#include "kernels.h"

/** One instruction set's, for one type of values. */
typedef struct {
  void (*forward)(const void *, const void *, const void *, void *, i64, i64, i64, const Room *);
  void (*backward_input)(const void *, const void *, void *, i64, i64, i64, const void *, const Room *);
  void (*backward_weights)(const void *, const void *, void *, i64, i64, i64, i64, i64, const Room *);
  void (*relu_forward)(const void *, void *, i64);
  void (*relu_backward)(const void *, void *, i64);
  double (*cross_entropy)(void *, const void *, i64, i64);
  void (*output_minus_target)(const void *, const void *, void *, i64);
  /** Steps of optimizers, which end with their numbers as values of the type. */
  int (*sgd)(void *, const void *, void *, void *, i64, const void *);
  int (*adam)(void *, const void *, void *, void *, i64, const void *);
  int (*rank1_f32)(const float *, const float *, float *, float *, i64, i64, float);
  int (*rank1_f64)(const double *, const double *, double *, double *, i64, i64, double);
  void (*bytes_f32)(const u8 *, float *, i64, float, float, float);
  void (*bytes_f64)(const u8 *, double *, i64, double, double, double);
} Kernels;

/** The memory of one thread's calls. */
typedef struct {
  char *own;
  char *memory;
  u64 bytes;
  const Kernels *kernels;
  /** Bytes of a value. */
  u64 size;
} Place;

/** By the first of an operation's numbers; the others are its offsets, then its sizes, in the order of the kernel. */
enum {
  FORWARD = 1,
  BACKWARD_INPUT,
  BACKWARD_WEIGHTS,
  RANK1,
  RELU_FORWARD,
  RELU_BACKWARD,
  GATHER_BYTES,
  SGD,
  ADAM,
  CROSS_ENTROPY_FORWARD,
  CROSS_ENTROPY_BACKWARD,
  OPERATIONS
};
static const char *const names[OPERATIONS] = {
    "numbers[0]",     "dense_forward", "dense_backward_input",  "dense_backward_weights",
    "sgd_rank1_step", "relu_forward",  "relu_backward",         "gather_uint8_one",
    "sgd_step",       "adam_step",     "cross_entropy_forward", "cross_entropy_backward",
};

/** Numbers of an optimizer's step: the factor of the gradients' sums, the rate, and its own. */
#define SGD_NUMBERS 6
#define ADAM_NUMBERS 11

/** One that was checked: places in the memory, sizes, factors. */
typedef struct {
  int what;
  void *at[4];
  i64 rows, inputs, units, first, count;
  double factors[ADAM_NUMBERS];
  Room room;
} Operation;

#define SIZES "rows, inputs and units that are whole numbers up to 2^28"
#define MATRICES "matrices inside the memory, at multiples of a value's size"
#define VECTORS "vectors inside the memory, at multiples of a value's size"
#define APART "scratch inside the memory and apart from the result"
#define ROWS "numbers of rows that are inside the memory"

/** A count of rows, inputs or units: more than 2^28 of anything do not fit, and products of two with a size do. */
static int whole(double given, i64 *n) {
  if (!(given >= 0 && given <= 0x1p28)) return 0;
  *n = (i64)given;
  return (double)*n == given;
}

/** Where `n` values of `size` bytes at an offset are; null where some lie outside, or not at a multiple of their size. */
static void *sized(const Place *p, double offset, i64 n, u64 size) {
  if (!(offset >= 0 && offset <= 0x1p53)) return 0;
  u64 at = (u64)offset, length = (u64)n * size;
  if ((double)at != offset || at % size != 0 || length > p->bytes || at > p->bytes - length) return 0;
  return p->memory + at;
}

static void *place(const Place *p, double offset, i64 n) { return sized(p, offset, n, p->size); }

/** Scratch for a product whose `n` results are at `result`: inside the memory, and apart from them. */
static int room(const Place *p, double offset, const char *result, i64 n, Room *room) {
  room->bytes = place(p, offset, SCRATCH_BYTES / (i64)p->size);
  room->own = p->own;
  if (!room->bytes) return 0;
  return result + (u64)n * p->size <= room->bytes || room->bytes + SCRATCH_BYTES <= result;
}

/** What numbers ask for. Returns what was expected of them where they are wrong; null: they are right. */
static const char *understand(const Place *p, const double *a, Operation *op) {
  void **at = op->at;
  op->what = a[0] >= 1 && a[0] < OPERATIONS && (double)(int)a[0] == a[0] ? (int)a[0] : 0;
  switch (op->what) {
  case FORWARD:
    if (!whole(a[5], &op->rows) || !whole(a[6], &op->inputs) || !whole(a[7], &op->units)) return SIZES;
    at[0] = place(p, a[1], op->rows * op->inputs), at[1] = place(p, a[2], op->inputs * op->units);
    at[2] = place(p, a[3], op->units), at[3] = place(p, a[4], op->rows * op->units);
    if (!at[0] || !at[1] || !at[2] || !at[3]) return MATRICES;
    return room(p, a[8], at[3], op->rows * op->units, &op->room) ? 0 : APART;
  case BACKWARD_INPUT:
    if (!whole(a[4], &op->rows) || !whole(a[5], &op->inputs) || !whole(a[6], &op->units)) return SIZES;
    at[0] = place(p, a[1], op->rows * op->units), at[1] = place(p, a[2], op->inputs * op->units);
    at[2] = place(p, a[3], op->rows * op->inputs), at[3] = 0;
    if (!at[0] || !at[1] || !at[2]) return MATRICES;
    return room(p, a[7], at[2], op->rows * op->inputs, &op->room) ? 0 : APART;
  case BACKWARD_WEIGHTS:
    if (!whole(a[4], &op->rows) || !whole(a[5], &op->inputs) || !whole(a[6], &op->units)) return SIZES;
    if (!whole(a[7], &op->first) || !whole(a[8], &op->count) || op->first + op->count > op->inputs) {
      return "some of the inputs: whole numbers `first` and `count`";
    }
    at[0] = place(p, a[1], op->rows * op->inputs), at[1] = place(p, a[2], op->rows * op->units);
    at[2] = place(p, a[3], op->count * op->units);
    if (!at[0] || !at[1] || !at[2]) return MATRICES;
    return room(p, a[9], at[2], op->count * op->units, &op->room) ? 0 : APART;
  case RANK1:
    if (!whole(a[5], &op->inputs) || !whole(a[6], &op->units)) return SIZES;
    at[0] = place(p, a[1], op->inputs), at[1] = place(p, a[2], op->units);
    at[2] = place(p, a[3], op->inputs * op->units), at[3] = place(p, a[4], op->units);
    return at[0] && at[1] && at[2] && at[3] ? 0 : MATRICES;
  case RELU_FORWARD:
  case RELU_BACKWARD:
    if (!whole(a[3], &op->rows) || !whole(a[4], &op->units)) return SIZES;
    at[0] = place(p, a[1], op->rows * op->units), at[1] = place(p, a[2], op->rows * op->units);
    return at[0] && at[1] ? 0 : MATRICES;
  case GATHER_BYTES:
    if (!whole(a[4], &op->rows) || !whole(a[5], &op->inputs)) return SIZES;
    at[0] = sized(p, a[1], 0, 1), at[1] = sized(p, a[2], op->rows, sizeof(u32));
    at[2] = place(p, a[3], op->rows * op->inputs);
    for (int k = 0; k < 3; k++) op->factors[k] = a[6 + k];
    return at[0] && at[1] && at[2] ? 0 : MATRICES;
  case SGD:
  case ADAM: {
    const int taken = op->what == SGD ? SGD_NUMBERS : ADAM_NUMBERS;
    if (!whole(a[5], &op->count)) return SIZES;
    for (int k = 0; k < ADAM_NUMBERS; k++) op->factors[k] = k < taken ? a[6 + k] : 0;
    // One that an optimizer does without is at offset 0.
    for (int k = 0; k < 4; k++) at[k] = place(p, a[1 + k], op->count);
    return at[0] && at[1] && at[2] && at[3] ? 0 : VECTORS;
  }
  case CROSS_ENTROPY_FORWARD:
    if (!whole(a[3], &op->rows) || !whole(a[4], &op->units)) return SIZES;
    at[0] = place(p, a[1], op->rows * op->units), at[1] = place(p, a[2], op->rows * op->units);
    return at[0] && at[1] ? 0 : MATRICES;
  case CROSS_ENTROPY_BACKWARD:
    if (!whole(a[4], &op->rows) || !whole(a[5], &op->units)) return SIZES;
    for (int k = 0; k < 3; k++) at[k] = place(p, a[1 + k], op->rows * op->units);
    return at[0] && at[1] && at[2] ? 0 : MATRICES;
  default:
    return "an operation";
  }
}

/** Tells an operation what the next one of a list makes needless: dX where ReLU's derivative is 0. */
static void foresee(Operation *op, const Operation *next) {
  if (op->what == BACKWARD_INPUT && next->what == RELU_BACKWARD && next->at[1] == op->at[2] &&
      next->rows * next->units == op->rows * op->inputs) {
    op->at[3] = next->at[0];
  }
}

/** Rows that are asked for so long before they are needed: where they lie, the processor cannot foresee. */
#define AHEAD 4
#define LINE 64

/** Asks for row `row` of the data set, if there is one: nothing waits for it. */
static void ask(const Place *p, const u8 *features, i64 cols, u32 row) {
  const u8 *at = features + (u64)row * (u64)cols, *end = at + cols;
  if ((const char *)end > p->memory + p->bytes) return;
  for (; at < end; at += LINE) __builtin_prefetch(at, 0, 2);
}

/** Returns whether all the rows' numbers were right: they are read here, and each but once. */
static int gather_bytes(const Place *p, const Operation *op) {
  const u8 *features = op->at[0];
  const volatile u32 *order = op->at[1];
  const i64 cols = op->inputs;
  const u64 past = (u64)(p->memory + p->bytes - (const char *)features);
  // The rows of the minibatches to come stand behind these.
  const i64 readable = (i64)((u64)(p->memory + p->bytes - (const char *)order) / sizeof(u32));
  for (i64 r = 0; r < op->rows; r++) {
    if (r + AHEAD < readable) ask(p, features, cols, order[r + AHEAD]);
    const u64 from = (u64)order[r] * (u64)cols;
    if (from + (u64)cols > past) return 0;
    const double *f = op->factors;
    if (p->size == sizeof(float)) {
      p->kernels->bytes_f32(features + from, (float *)op->at[2] + r * cols, cols, (float)f[0], (float)f[1], (float)f[2]);
    } else {
      p->kernels->bytes_f64(features + from, (double *)op->at[2] + r * cols, cols, f[0], f[1], f[2]);
    }
  }
  return 1;
}

enum { WRONG_ROWS = -1 };

/** An optimizer's step, its numbers turned into values of the type. */
static int update(const Place *p, const Operation *op) {
  void *const *at = op->at;
  const void *s = op->factors;
  float rounded[ADAM_NUMBERS];
  if (p->size == sizeof(float)) {
    for (int k = 0; k < ADAM_NUMBERS; k++) rounded[k] = (float)op->factors[k];
    s = rounded;
  }
  return (op->what == ADAM ? p->kernels->adam : p->kernels->sgd)(at[0], at[1], at[2], at[3], op->count, s);
}

/**
 * Does it. Returns whether the parameters that it wrote are finite, 1 where it wrote none, or WRONG_ROWS.
 * @param rate of an update of one row @param loss a loss is added to it
 */
static int perform(const Place *p, const Operation *op, double rate, double *loss) {
  const Kernels *k = p->kernels;
  void *const *at = op->at;
  switch (op->what) {
  case FORWARD:
    k->forward(at[0], at[1], at[2], at[3], op->rows, op->inputs, op->units, &op->room);
    return 1;
  case BACKWARD_INPUT:
    k->backward_input(at[0], at[1], at[2], op->rows, op->inputs, op->units, at[3], &op->room);
    return 1;
  case BACKWARD_WEIGHTS:
    k->backward_weights(at[0], at[1], at[2], op->rows, op->inputs, op->units, op->first, op->count, &op->room);
    return 1;
  case RANK1:
    if (p->size == sizeof(float)) return k->rank1_f32(at[0], at[1], at[2], at[3], op->inputs, op->units, (float)rate);
    return k->rank1_f64(at[0], at[1], at[2], at[3], op->inputs, op->units, rate);
  case RELU_FORWARD:
    k->relu_forward(at[0], at[1], op->rows * op->units);
    return 1;
  case RELU_BACKWARD:
    k->relu_backward(at[0], at[1], op->rows * op->units);
    return 1;
  case SGD:
  case ADAM:
    return update(p, op);
  case CROSS_ENTROPY_FORWARD:
    *loss += k->cross_entropy(at[0], at[1], op->rows, op->units);
    return 1;
  case CROSS_ENTROPY_BACKWARD:
    k->output_minus_target(at[0], at[1], at[2], op->rows * op->units);
    return 1;
  default:
    return gather_bytes(p, op) ? 1 : WRONG_ROWS;
  }
}

#endif
