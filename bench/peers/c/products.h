/* The three products of a layer, by a library. `rows` of a minibatch are one thread's; tiles of the update are shared. */
#pragma once
#include "limit.h"

extern const char *const products_name;
const char *products_version(void);

/* Once, before the first step: takes over the parameters of all layers; and gives them back after the last. */
void products_prepare(Net *);
void products_finish(Net *);

/* u = h W + b for rows from..to-1 of the minibatch, row-major. */
void products_forward(Net *, int layer, const float *h, float *u, int from, int to);

/* below = delta W^T, 0 where h is not above 0, for rows from..to-1. Where below is NULL (the first layer) it only gets to
 * know that these rows of h and delta are final. */
void products_backward(Net *, int layer, int thread, const float *h, const float *delta, float *below, int from, int to);

/* W += h^T delta over all rows of the minibatch, in the part of W that is this thread's. */
void products_update(Net *, int layer, int thread, const float *h, const float *delta);
