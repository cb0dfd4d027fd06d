/* A step of many rows. Each thread takes its rows through all layers and back; then the threads meet and each adds its
 * part of every gradient to the parameters. The rate is in the derivative by the logits, so that no gradient is stored. */
#include <math.h>
#include <string.h>
#include "products.h"

static float *inputs[MOST_LAYERS + 1], *deltas[MOST_LAYERS + 1];

static void prepare(Net *net) {
  for (int l = 0; l < net->layers; l++) {
    if (l == 0) inputs[0] = memory((long)net->batch * PIXELS);
    inputs[l + 1] = memory((long)net->batch * net->layer[l].units);
    deltas[l + 1] = memory((long)net->batch * net->layer[l].units);
  }
  products_prepare(net);
}

/* (softmax - target) * -rate / batch, the derivative by which the parameters move. */
static void loss(const Net *net, const uint32_t *rows, int from, int to) {
  int n = net->layer[net->layers - 1].units;
  float scale = -net->rate / net->batch;
  for (int r = from; r < to; r++) {
    float *u = inputs[net->layers] + (long)r * n, *delta = deltas[net->layers] + (long)r * n;
    float top = u[0], sum = 0;
    for (int j = 1; j < n; j++) top = u[j] > top ? u[j] : top;
    for (int j = 0; j < n; j++) sum += delta[j] = expf(u[j] - top);
    for (int j = 0; j < n; j++) delta[j] *= scale / sum;
    delta[net->classes[rows[r]]] -= scale;
  }
}

static void step(Net *net, int thread, const uint32_t *rows) {
  int from = (long)net->batch * thread / net->threads, to = (long)net->batch * (thread + 1) / net->threads;
  for (int r = from; r < to; r++) {
    /* A minibatch's images lie anywhere: the ones to come are asked for while this one is copied. */
    if (r + 4 < to)
      for (int k = 0; k < PIXELS; k += 16) __builtin_prefetch(net->pixels + (long)rows[r + 4] * PIXELS + k);
    memcpy(inputs[0] + (long)r * PIXELS, net->pixels + (long)rows[r] * PIXELS, PIXELS * sizeof(float));
  }
  for (int l = 0; l < net->layers; l++) {
    products_forward(net, l, inputs[l], inputs[l + 1], from, to);
    if (l == net->layers - 1) break;
    long units = net->layer[l].units;
    float *h = inputs[l + 1];
    for (long i = from * units; i < to * units; i++) h[i] = h[i] > 0 ? h[i] : 0;
  }
  loss(net, rows, from, to);
  for (int l = net->layers - 1; l >= 0; l--)
    products_backward(net, l, thread, inputs[l], deltas[l + 1], l > 0 ? deltas[l] : 0, from, to);
  meet(net);
  for (int l = 0; l < net->layers; l++) {
    products_update(net, l, thread, inputs[l], deltas[l + 1]);
    Layer *layer = &net->layer[l];
    int first = (long)layer->units * thread / net->threads, end = (long)layer->units * (thread + 1) / net->threads;
    for (int r = 0; r < net->batch; r++)
      for (int j = first; j < end; j++) layer->b[j] += deltas[l + 1][(long)r * layer->units + j];
  }
  meet(net);
}

const Way minibatch = {prepare, step, products_finish};
