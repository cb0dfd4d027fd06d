/* A step of one row, by hand: no library's call is worth its while here. What is 0 (four of five pixels, half of the
 * hidden outputs) is skipped. Threads share the columns of the first layer, each in an array of its own, as a cache line
 * that two cores write in turns costs more than the work; all that follows each thread does by itself, in copies of its
 * own, as it is less than a meeting. So there is one meeting in a step.
 *
 * First and middle layers lie as inputs x units, rows padded to whole vectors; the last one as units x inputs. */
#include <math.h>
#include <string.h>
#include "limit.h"

#define LANES 16
#define MOST_VECTORS 8 /* of a row that is summed at a time */
typedef float V __attribute__((vector_size(LANES * sizeof(float)), aligned(64)));
typedef int Mask __attribute__((vector_size(LANES * sizeof(int)), aligned(64)));

typedef struct {
  V *w, *b;
  int vectors; /* in a row */
} Part;

/* A thread's own. h[l] are the inputs of layer l, delta[l] the derivatives by its outputs. */
typedef struct {
  Part part[MOST_LAYERS];
  V *h[MOST_LAYERS + 1], *delta[MOST_LAYERS + 1];
  int first, end; /* its vectors of the first layer's units */
  int active[MOST_LAYERS][4096], count[MOST_LAYERS];
  long steps;
} __attribute__((aligned(4096))) Own;

static Own *own;
static V *shared[2]; /* the first hidden outputs of even and of odd steps */

static int vectors_of(int n) { return (n + LANES - 1) / LANES; }
static float *floats(V *v) { return (float *)v; }
static V where_above_0(V h, V value) { return (V)((Mask)(h > 0) & (Mask)value); }

static void prepare(Net *net) {
  int last = net->layers - 1, all = vectors_of(net->layer[0].units);
  own = memory(net->threads * (long)sizeof(Own) / 4);
  for (int k = 0; k < 2; k++) shared[k] = memory(all * LANES);
  for (int t = 0; t < net->threads; t++) {
    Own *mine = &own[t];
    mine->first = all * t / net->threads, mine->end = all * (t + 1) / net->threads;
    for (int l = 0; l <= last; l++) {
      const Layer *y = &net->layer[l];
      int from = l == 0 ? mine->first * LANES : 0;
      int to = l == 0 && mine->end < all ? mine->end * LANES : y->units;
      int across = l == last ? y->inputs : to - from, down = l == last ? y->units : y->inputs;
      Part *part = &mine->part[l];
      part->vectors = vectors_of(across);
      part->w = memory((long)down * part->vectors * LANES + LANES);
      part->b = memory(vectors_of(y->units) * LANES);
      for (int i = 0; i < down; i++)
        for (int j = 0; j < across; j++)
          floats(part->w + (long)i * part->vectors)[j] = y->w[l == last ? (long)j * y->units + i : (long)i * y->units + from + j];
      for (int j = from; j < to; j++) floats(part->b)[j - from] = y->b[j];
      mine->h[l + 1] = memory(vectors_of(y->units) * LANES + LANES);
      mine->delta[l + 1] = memory(vectors_of(y->units) * LANES + LANES);
    }
  }
}

static void finish(Net *net) {
  int last = net->layers - 1;
  for (int t = 0; t < net->threads; t++)
    for (int l = 0; l <= last; l++) {
      const Layer *y = &net->layer[l];
      const Part *part = &own[t].part[l];
      int from = l == 0 ? own[t].first * LANES : 0;
      int to = l == 0 && t + 1 < net->threads ? own[t].end * LANES : y->units;
      for (int j = from; j < to; j++) {
        y->b[j] = floats(part->b)[j - from];
        for (int i = 0; i < y->inputs; i++)
          y->w[(long)i * y->units + j] = l == last ? floats(part->w + (long)j * part->vectors)[i]
                                                   : floats(part->w + (long)i * part->vectors)[j - from];
      }
    }
}

/* The places of values that are not 0. */
static int places(const float *values, int n, int *into) {
  int found = 0;
  for (int i = 0; i < n; i++) into[found] = i, found += values[i] != 0;
  return found;
}

/* For a constant number of vectors, so that sums stay in registers: out = max(0, b + sum of value times row). */
static inline __attribute__((always_inline)) void rows_sum(const int n, const Part *p, int at, const float *x, const int *place, int count, V *out) {
  V sum[MOST_VECTORS];
  for (int v = 0; v < n; v++) sum[v] = p->b[at + v];
  for (int k = 0; k < count; k++) {
    const V *row = p->w + (long)place[k] * p->vectors + at;
    for (int v = 0; v < n; v++) sum[v] += x[place[k]] * row[v];
  }
  for (int v = 0; v < n; v++) out[at + v] = where_above_0(sum[v], sum[v]);
}

static inline __attribute__((always_inline)) void rows_add(const int n, const Part *p, int at, const float *x, const int *place, int count, const V *delta) {
  V add[MOST_VECTORS];
  for (int v = 0; v < n; v++) add[v] = delta[at + v];
  for (int k = 0; k < count; k++) {
    V *row = p->w + (long)place[k] * p->vectors + at;
    for (int v = 0; v < n; v++) row[v] += x[place[k]] * add[v];
  }
}

#define FOR_ALL_VECTORS(call, ...)                                                                 \
  for (int at = 0, left = part->vectors; left > 0; at += MOST_VECTORS, left -= MOST_VECTORS)       \
    switch (left < MOST_VECTORS ? left : MOST_VECTORS) {                                           \
      case 1: call(1, part, at, __VA_ARGS__); break;                                               \
      case 2: call(2, part, at, __VA_ARGS__); break;                                               \
      case 3: call(3, part, at, __VA_ARGS__); break;                                               \
      case 4: call(4, part, at, __VA_ARGS__); break;                                               \
      case 5: call(5, part, at, __VA_ARGS__); break;                                               \
      case 6: call(6, part, at, __VA_ARGS__); break;                                               \
      case 7: call(7, part, at, __VA_ARGS__); break;                                               \
      default: call(8, part, at, __VA_ARGS__);                                                     \
    }

static __attribute__((noinline)) void forward(const Part *part, const float *x, const int *place, int count, V *out) {
  FOR_ALL_VECTORS(rows_sum, x, place, count, out)
}

static __attribute__((noinline)) void update(const Part *part, const float *x, const int *place, int count, const V *delta) {
  FOR_ALL_VECTORS(rows_add, x, place, count, delta)
  for (int v = 0; v < part->vectors; v++) part->b[v] += delta[v];
}

static float sum_of(V v) {
  float sum = 0;
  for (int k = 0; k < LANES; k++) sum += v[k];
  return sum;
}

/* The last layer: logits, the derivative by them times the rate, by its inputs, and its update. */
static __attribute__((noinline)) void output(const Net *net, Own *mine, int class) {
  int l = net->layers - 1, n = net->layer[l].units;
  const Part *part = &mine->part[l];
  const V *h = mine->h[l];
  float *p = floats(mine->delta[l + 1]), top = -INFINITY, sum = 0;
  for (int j = 0; j < n; j++) {
    V product = {0};
    for (int v = 0; v < part->vectors; v++) product += h[v] * part->w[(long)j * part->vectors + v];
    p[j] = floats(part->b)[j] + sum_of(product);
    top = p[j] > top ? p[j] : top;
  }
  for (int j = 0; j < n; j++) sum += p[j] = expf(p[j] - top);
  for (int j = 0; j < n; j++) p[j] *= -net->rate / sum;
  p[class] += net->rate;
  for (int v = 0; v < part->vectors; v++) {
    V below = {0};
    for (int j = 0; j < n; j++) {
      V *w = &part->w[(long)j * part->vectors + v];
      below += p[j] * *w;
      *w += p[j] * h[v];
    }
    mine->delta[l][v] = where_above_0(h[v], below);
  }
  for (int j = 0; j < n; j++) floats(part->b)[j] += p[j];
}

/* A middle layer's derivative by those of its inputs that are not 0 and from..to-1, and its update. */
static __attribute__((noinline)) void backward(const Part *part, const float *h, const int *place, int count, const V *delta, float *below, int from, int to) {
  for (int k = 0; k < count; k++) {
    int i = place[k];
    if (i < from || i >= to) continue;
    const V *row = part->w + (long)i * part->vectors;
    V product = {0};
    for (int v = 0; v < part->vectors; v++) product += row[v] * delta[v];
    below[i - from] = sum_of(product);
  }
  update(part, h, place, count, delta);
}

static void step(Net *net, int thread, const uint32_t *row) {
  Own *mine = &own[thread];
  const float *x = net->pixels + (long)*row * PIXELS;
  /* The next row's place is known: its lines can be on their way. */
  for (int k = 0; k < PIXELS; k += 16) __builtin_prefetch(net->pixels + (long)row[1] * PIXELS + k);
  int last = net->layers - 1;
  V *exchange = shared[mine->steps++ & 1];
  mine->count[0] = places(x, PIXELS, mine->active[0]);
  forward(&mine->part[0], x, mine->active[0], mine->count[0], exchange + mine->first);
  meet(net);
  mine->h[1] = exchange;
  for (int l = 1; l < last; l++) {
    mine->count[l] = places(floats(mine->h[l]), net->layer[l].inputs, mine->active[l]);
    forward(&mine->part[l], floats(mine->h[l]), mine->active[l], mine->count[l], mine->h[l + 1]);
  }
  output(net, mine, net->classes[*row]);
  for (int l = last - 1; l > 0; l--) {
    /* Of the first layer's units only its own; of the others all. */
    int from = l == 1 ? mine->first * LANES : 0, to = l == 1 ? mine->end * LANES : net->layer[l].inputs;
    memset(mine->delta[l], 0, vectors_of(net->layer[l - 1].units) * sizeof(V));
    backward(&mine->part[l], floats(mine->h[l]), mine->active[l], mine->count[l], mine->delta[l + 1], floats(mine->delta[l]), from, to);
  }
  /* With no middle layer the derivatives of all units are there, and this thread's begin at its first. */
  V *delta = mine->delta[1] + (last == 1 ? mine->first : 0);
  update(&mine->part[0], x, mine->active[0], mine->count[0], delta);
}

const Way online = {prepare, step, finish};
