/*
 * The kernels for Node. `bind` joins them to a memory and to some numbers, once in a thread; the function that it
 * returns takes what to do from these numbers, which costs a third of handing over as many arguments. Or it keeps a list of
 * operations, each of them checked, and returns a function that does them all: one call for a whole pass. Every offset and
 * size is checked against the memory: a wrong one throws a RangeError.
 *
 * No libc, nothing allocated, no state: the system unloads a library with its last thread and loads it anew.
 */
#include "node_api.h"
#include "operation.h"

/** What a processor may have, as bits of `sets`, by their places here. */
enum { AVX2, AVX512, NEON, SETS };

#define DECLARE_SET(ISA) DECLARE(float, f32_##ISA) DECLARE(double, f64_##ISA)
#define KERNELS(S, ...) \
  { (void *)forward_##S, (void *)backward_input_##S, (void *)backward_weights_##S, (void *)relu_forward_##S, \
    (void *)relu_backward_##S, (void *)cross_entropy_##S, (void *)output_minus_target_##S, (void *)sgd_##S, \
    (void *)adam_##S, __VA_ARGS__ }
#define SET(ISA) \
  { KERNELS(f32_##ISA, rank1_f32_##ISA, 0, gather_bytes_f32_##ISA, 0), \
    KERNELS(f64_##ISA, 0, rank1_f64_##ISA, 0, gather_bytes_f64_##ISA) }

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
  Place place;
  /** What to do and with what; the answers: in the first whether new parameters are finite, in the second the loss. */
  double *numbers;
  u64 count;
  /** The memory, the numbers, and this. */
  napi_ref refs[3];
} Binding;

enum { NUMBERS = 20 };
/** In place of an operation: a list of them follows, NUMBERS for each; the second number says how many. */
enum { LIST = 0 };

/** Operations that were checked, in a buffer that no program sees. */
typedef struct {
  Binding *binding;
  /** The memory, the binding, and this. */
  napi_ref refs[3];
  u64 count;
  Operation operations[];
} List;

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

static napi_value done(napi_env env, const Binding *b, const Operation *op, int answer, double loss) {
  if (answer == WRONG_ROWS) return refuse(env, names[op->what], ROWS);
  b->numbers[0] = answer;
  b->numbers[1] = loss;
  return 0;
}

/** All operations of a list; a step's rate is the second number, and its loss the answer there. */
static napi_value run_list(napi_env env, napi_callback_info info) {
  void *data;
  if (napi_get_cb_info(env, info, 0, 0, 0, &data) != 0) return 0;
  const List *list = data;
  const Binding *b = list->binding;
  int finite = 1;
  double loss = 0;
  for (const Operation *op = list->operations; op < list->operations + list->count; op++) {
    const int answer = perform(&b->place, op, b->numbers[1], &loss);
    if (answer == WRONG_ROWS) return done(env, b, op, answer, 0);
    finite &= answer;
  }
  b->numbers[0] = finite;
  b->numbers[1] = loss;
  return 0;
}

/** The last reference is to what holds them: they are read first. */
static void release(napi_env env, const napi_ref *held) {
  napi_ref refs[3] = {held[0], held[1], held[2]};
  for (int i = 0; i < 3; i++) napi_delete_reference(env, refs[i]);
}

static void release_list(napi_env env, void *data, void *hint) {
  (void)hint;
  release(env, ((List *)data)->refs);
}

static void release_binding(napi_env env, void *data, void *hint) {
  (void)hint;
  release(env, ((Binding *)data)->refs);
}

/** A function over `data`, which lives as long as it does, and so does what is kept. */
static napi_value function_over(
    napi_env env, napi_callback body, void *data, const napi_value *kept, napi_ref *refs, napi_finalize end) {
  napi_value made;
  if (napi_create_function(env, "native", 6, body, data, &made) != 0) return 0;
  for (int i = 0; i < 3; i++) {
    if (napi_create_reference(env, kept[i], 1, &refs[i]) != 0) return 0;
  }
  return napi_add_finalizer(env, made, data, end, 0, 0) == 0 ? made : 0;
}

/** The function that does the operations that the numbers list. */
static napi_value keep(napi_env env, const Binding *b) {
  i64 count;
  if (!whole(b->numbers[1], &count) || (u64)count >= b->count / NUMBERS) {
    return refuse(env, "list", "as many operations as there are numbers for");
  }
  napi_value kept[3];
  void *data;
  if (napi_get_reference_value(env, b->refs[0], &kept[0]) != 0 || napi_get_reference_value(env, b->refs[2], &kept[1]) != 0 ||
      napi_create_arraybuffer(env, sizeof(List) + (u64)count * sizeof(Operation), &data, &kept[2]) != 0) {
    return 0;
  }
  List *list = data;
  list->binding = (Binding *)b;
  list->count = (u64)count;
  for (i64 k = 0; k < count; k++) {
    Operation *op = &list->operations[k];
    const char *wrong = understand(&b->place, b->numbers + (k + 1) * NUMBERS, op);
    if (wrong) return refuse(env, names[op->what], wrong);
    if (k > 0) foresee(op - 1, op);
  }
  return function_over(env, run_list, list, kept, list->refs, release_list);
}

static napi_value run(napi_env env, napi_callback_info info) {
  void *data;
  if (napi_get_cb_info(env, info, 0, 0, 0, &data) != 0) return 0;
  const Binding *b = data;
  if (b->numbers[0] == LIST) return keep(env, b);
  Operation op;
  const char *wrong = understand(&b->place, b->numbers, &op);
  if (wrong) return refuse(env, names[op.what], wrong);
  double loss = 0;
  const int answer = perform(&b->place, &op, b->numbers[7], &loss);
  return done(env, b, &op, answer, loss);
}

/** bind(memory: Float64Array over all of it, numbers: Float64Array, 20 or more, bytes of a value, set) → () => void | list */
static napi_value bind(napi_env env, napi_callback_info info) {
  size_t argc = 4, length, count;
  napi_value argv[4], buffer, own;
  int type, type_of_numbers;
  void *memory, *numbers, *data;
  double size, set;
  if (napi_get_cb_info(env, info, &argc, argv, 0, 0) != 0) return 0;
  if (argc < 4 || napi_get_typedarray_info(env, argv[0], &type, &length, &memory, &buffer, 0) != 0 ||
      napi_get_typedarray_info(env, argv[1], &type_of_numbers, &count, &numbers, &buffer, 0) != 0 ||
      type != napi_float64_array || type_of_numbers != napi_float64_array || count < NUMBERS ||
      napi_get_value_double(env, argv[2], &size) != 0 || napi_get_value_double(env, argv[3], &set) != 0) {
    napi_throw_type_error(env, 0, "native: bind: expected two Float64Array, of a memory and of 20 numbers or more, and two numbers");
    return 0;
  }
  if (size != 4 && size != 8) return refuse(env, "bind", "values of 4 or 8 bytes");
  if (!(set >= 0 && set < SETS) || (double)(int)set != set || !(sets() & 1u << (int)set)) {
    return refuse(env, "bind", "an instruction set that this processor has");
  }
  if (napi_create_arraybuffer(env, sizeof(Binding), &data, &own) != 0) return 0;
  Binding *b = data;
  b->place = (Place){b->own, memory, (u64)length * 8, &kernels[(int)set][size == 8], (u64)size};
  b->numbers = numbers;
  b->count = count;
  const napi_value kept[3] = {argv[0], argv[1], own};
  return function_over(env, run, b, kept, b->refs, release_binding);
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
