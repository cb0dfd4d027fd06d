/*
 * The kernels for Node. `bind` joins them to a memory and to a few numbers, once in a thread; the function that it
 * returns takes what to do from these numbers, which costs a third of handing over as many arguments. Every offset and
 * size is checked against the memory: a wrong one throws a RangeError.
 *
 * No libc, nothing allocated, no state: the system unloads a library with its last thread and loads it anew.
 */
#include "node_api.h"

typedef long long i64;
typedef unsigned long long u64;
typedef unsigned int u32;

#include "kernels.h"

/** What a processor may have, as bits of `sets`, by their places here. */
enum { AVX2, AVX512, NEON, SETS };

typedef struct {
  void (*forward)(const void *, const void *, const void *, void *, i64, i64, i64, const Room *);
  void (*backward_input)(const void *, const void *, void *, i64, i64, i64, const Room *);
  void (*backward_weights)(const void *, const void *, void *, i64, i64, i64, i64, i64, const Room *);
  int (*rank1_f32)(const float *, const float *, float *, float *, i64, i64, float);
  int (*rank1_f64)(const double *, const double *, double *, double *, i64, i64, double);
} Kernels;

#define DECLARE_SET(ISA) DECLARE(float, f32_##ISA) DECLARE(double, f64_##ISA)
#define KERNELS(S, F32, F64) \
  { (void *)forward_##S, (void *)backward_input_##S, (void *)backward_weights_##S, F32, F64 }
#define SET(ISA) \
  { KERNELS(f32_##ISA, rank1_f32_##ISA, 0), KERNELS(f64_##ISA, 0, rank1_f64_##ISA) }

#ifdef __x86_64__
DECLARE_SET(avx2)
DECLARE_SET(avx512)
static const Kernels kernels[SETS][2] = {[AVX2] = SET(avx2), [AVX512] = SET(avx512)};

#include <cpuid.h>

static u32 sets(void) {
  u32 a, b, c, d, found = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
  // FMA, MOVBE, OSXSAVE, AVX, F16C: with what follows all of x86-64-v3.
  const u32 first = 1u << 12 | 1u << 22 | 1u << 27 | 1u << 28 | 1u << 29;
  if ((c & first) != first) return 0;
  u32 state, high;
  __asm__("xgetbv" : "=a"(state), "=d"(high) : "c"(0));
  if ((state & 0x6) != 0x6) return 0;
  if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || !(c & 1u << 5)) return 0; // LZCNT
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  const u32 v3 = 1u << 3 | 1u << 5 | 1u << 8; // BMI1, AVX2, BMI2
  if ((b & v3) != v3) return 0;
  found |= 1u << AVX2;
  const u32 v4 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31; // AVX512F, DQ, CD, BW, VL
  // The system keeps all of the registers.
  if ((b & v4) == v4 && (state & 0xe6) == 0xe6) found |= 1u << AVX512;
  return found;
}
#else
DECLARE_SET(neon)
static const Kernels kernels[SETS][2] = {[NEON] = SET(neon)};
static u32 sets(void) { return 1u << NEON; }
#endif

/** One thread's; lies in a buffer that no program sees. */
typedef struct {
  char own[OWN_BYTES];
  char *memory;
  u64 bytes;
  /** What to do and with what; the answer of `rank1` goes to the first. */
  double *numbers;
  const Kernels *kernels;
  u64 size;
  napi_ref refs[3];
} Binding;

enum { NUMBERS = 16 };

/** Throws "native: <operation>: expected <what>". */
static napi_value refuse(napi_env env, const char *operation, const char *what) {
  char message[256];
  const char *parts[] = {"native: ", operation, ": expected ", what};
  u32 n = 0;
  for (u32 p = 0; p < 4; p++) {
    for (const char *c = parts[p]; *c && n < sizeof message - 1; c++) message[n++] = *c;
  }
  message[n] = 0;
  napi_throw_range_error(env, 0, message);
  return 0;
}

/** A count of rows, inputs or units: more than 2^28 of anything do not fit, and products of two with a size do. */
static int whole(double given, i64 *n) {
  if (!(given >= 0 && given <= 0x1p28)) return 0;
  *n = (i64)given;
  return (double)*n == given;
}

/** Where `n` values at an offset are; null where some lie outside the memory, or not at a multiple of their size. */
static void *place(const Binding *b, double offset, i64 n) {
  if (!(offset >= 0 && offset <= 0x1p53)) return 0;
  u64 at = (u64)offset, length = (u64)n * b->size;
  if ((double)at != offset || at % b->size != 0 || length > b->bytes || at > b->bytes - length) return 0;
  return b->memory + at;
}

/** Scratch for a product whose `n` results are at `result`: inside the memory, and apart from them. */
static int room(const Binding *b, double offset, const char *result, i64 n, Room *room) {
  room->bytes = place(b, offset, SCRATCH_BYTES / (i64)b->size);
  room->own = (char *)b->own;
  if (!room->bytes) return 0;
  return result + (u64)n * b->size <= room->bytes || room->bytes + SCRATCH_BYTES <= result;
}

#define SIZES "rows, inputs and units that are whole numbers up to 2^28"
#define MATRICES "matrices inside the memory, at multiples of a value's size"
#define APART "scratch inside the memory and apart from the result"

static napi_value run(napi_env env, napi_callback_info info) {
  void *data;
  if (napi_get_cb_info(env, info, 0, 0, 0, &data) != 0) return 0;
  const Binding *b = data;
  const double *a = b->numbers;
  i64 rows, inputs, units, first, count;
  Room r;
  if (a[0] == 1) {
    const char *name = "dense_forward";
    if (!whole(a[5], &rows) || !whole(a[6], &inputs) || !whole(a[7], &units)) return refuse(env, name, SIZES);
    void *x = place(b, a[1], rows * inputs), *w = place(b, a[2], inputs * units), *biases = place(b, a[3], units);
    void *u = place(b, a[4], rows * units);
    if (!x || !w || !biases || !u) return refuse(env, name, MATRICES);
    if (!room(b, a[8], u, rows * units, &r)) return refuse(env, name, APART);
    b->kernels->forward(x, w, biases, u, rows, inputs, units, &r);
  } else if (a[0] == 2) {
    const char *name = "dense_backward_input";
    if (!whole(a[4], &rows) || !whole(a[5], &inputs) || !whole(a[6], &units)) return refuse(env, name, SIZES);
    void *delta = place(b, a[1], rows * units), *w = place(b, a[2], inputs * units), *dx = place(b, a[3], rows * inputs);
    if (!delta || !w || !dx) return refuse(env, name, MATRICES);
    if (!room(b, a[7], dx, rows * inputs, &r)) return refuse(env, name, APART);
    b->kernels->backward_input(delta, w, dx, rows, inputs, units, &r);
  } else if (a[0] == 3) {
    const char *name = "dense_backward_weights";
    if (!whole(a[4], &rows) || !whole(a[5], &inputs) || !whole(a[6], &units)) return refuse(env, name, SIZES);
    if (!whole(a[7], &first) || !whole(a[8], &count) || first + count > inputs) {
      return refuse(env, name, "some of the inputs: whole numbers `first` and `count`");
    }
    void *x = place(b, a[1], rows * inputs), *delta = place(b, a[2], rows * units), *dw = place(b, a[3], count * units);
    if (!x || !delta || !dw) return refuse(env, name, MATRICES);
    if (!room(b, a[9], dw, count * units, &r)) return refuse(env, name, APART);
    b->kernels->backward_weights(x, delta, dw, rows, inputs, units, first, count, &r);
  } else if (a[0] == 4) {
    const char *name = "sgd_rank1_step";
    if (!whole(a[5], &inputs) || !whole(a[6], &units)) return refuse(env, name, SIZES);
    void *x = place(b, a[1], inputs), *delta = place(b, a[2], units), *w = place(b, a[3], inputs * units);
    void *biases = place(b, a[4], units);
    if (!x || !delta || !w || !biases) return refuse(env, name, MATRICES);
    b->numbers[0] = b->size == sizeof(float) ? b->kernels->rank1_f32(x, delta, w, biases, inputs, units, (float)a[7])
                                             : b->kernels->rank1_f64(x, delta, w, biases, inputs, units, a[7]);
  } else {
    return refuse(env, "numbers[0]", "an operation, 1 to 4");
  }
  return 0;
}

static void release(napi_env env, void *data, void *hint) {
  (void)hint;
  // The last one is the binding's own: what it holds is read first.
  Binding *b = data;
  napi_ref refs[3] = {b->refs[0], b->refs[1], b->refs[2]};
  for (int i = 0; i < 3; i++) napi_delete_reference(env, refs[i]);
}

/** bind(memory: Float64Array over all of it, numbers: Float64Array of 16, bytes of a value, set) → () => void */
static napi_value bind(napi_env env, napi_callback_info info) {
  size_t argc = 4, length, count;
  napi_value argv[4], buffer, own, run_it;
  int type, type_of_numbers;
  void *memory, *numbers, *data;
  double size, set;
  if (napi_get_cb_info(env, info, &argc, argv, 0, 0) != 0) return 0;
  if (argc < 4 || napi_get_typedarray_info(env, argv[0], &type, &length, &memory, &buffer, 0) != 0 ||
      napi_get_typedarray_info(env, argv[1], &type_of_numbers, &count, &numbers, &buffer, 0) != 0 ||
      type != napi_float64_array || type_of_numbers != napi_float64_array || count < NUMBERS ||
      napi_get_value_double(env, argv[2], &size) != 0 || napi_get_value_double(env, argv[3], &set) != 0) {
    napi_throw_type_error(env, 0, "native: bind: expected two Float64Array, of a memory and of 16 numbers, and two numbers");
    return 0;
  }
  if (size != 4 && size != 8) return refuse(env, "bind", "values of 4 or 8 bytes");
  if (!(set >= 0 && set < SETS) || (double)(int)set != set || !(sets() & 1u << (int)set)) {
    return refuse(env, "bind", "an instruction set that this processor has");
  }
  if (napi_create_arraybuffer(env, sizeof(Binding), &data, &own) != 0) return 0;
  Binding *b = data;
  b->memory = memory;
  b->bytes = (u64)length * 8;
  b->numbers = numbers;
  b->kernels = &kernels[(int)set][size == 8];
  b->size = (u64)size;
  if (napi_create_function(env, "native", 6, run, b, &run_it) != 0) return 0;
  napi_value kept[3] = {argv[0], argv[1], own};
  for (int i = 0; i < 3; i++) {
    if (napi_create_reference(env, kept[i], 1, &b->refs[i]) != 0) return 0;
  }
  // What is bound lives as long as the function.
  if (napi_add_finalizer(env, run_it, b, release, 0, 0) != 0) return 0;
  return run_it;
}

static napi_value sets_here(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  return napi_create_double(env, sets(), &result) == 0 ? result : 0;
}

NAPI_EXPORT int node_api_module_get_api_version_v1(void) { return 8; }

NAPI_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value value;
  if (napi_create_function(env, "bind", 4, bind, 0, &value) != 0) return 0;
  napi_set_named_property(env, exports, "bind", value);
  if (napi_create_function(env, "sets", 4, sets_here, 0, &value) != 0) return 0;
  napi_set_named_property(env, exports, "sets", value);
  if (napi_create_double(env, SCRATCH_BYTES, &value) != 0) return 0;
  napi_set_named_property(env, exports, "scratchBytes", value);
  return exports;
}

#ifdef _WIN32
/* What a C runtime would bring. */
int _fltused = 0;
int __stdcall DllMainCRTStartup(void *instance, u32 reason, void *reserved) {
  (void)instance, (void)reason, (void)reserved;
  return 1;
}
#endif
