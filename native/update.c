/*
 * One step of an optimizer in one pass over memory: the arithmetic of kernels/sgd.ts and kernels/adam.ts, so the same bits.
 */
#include "vector.h"
#include "kernels.h"

/**
 * Bytes of θ that are asked for before they are written. Between threads each line of θ is shared since the forward pass:
 * to have it alone takes a message to the other core, and a processor that waits for one line after another takes half of
 * the step for that.
 */
#define AHEAD 2048

INLINE void own_ahead(const T *theta, i64 i) {
#ifdef __x86_64__
  // Where a processor does not know it, it does nothing; past the memory's end too.
  __asm__ volatile("prefetchw %0" : : "m"(*((const char *)(theta + i) + AHEAD)));
#else
  __builtin_prefetch((const char *)(theta + i) + AHEAD, 1, 3);
#endif
}

/** Vectors of a turn: a line of the cache at least. */
enum { TURN = VBYTES >= 64 ? 2 : 4 };

INLINE V get(const T *p, const int whole, M mask) { return whole ? vload(p) : vloadm(p, mask); }
INLINE void put(T *p, V v, const int whole, M mask) {
  if (whole) vstore(p, v);
  else vstorem(p, v, mask);
}

/** Bits that are all 0 where x is finite: x − x is NaN elsewhere. */
typedef __typeof__((V){0} <= (V){0}) Bits;
INLINE Bits odd_of(V x) { return (Bits)(x - x); }

INLINE int any(Bits odd) {
  u64 words[VBYTES / 8];
  __builtin_memcpy(words, &odd, sizeof words);
  u64 all = 0;
  for (int k = 0; k < VBYTES / 8; k++) all |= words[k];
  return all != 0;
}

/** Does BODY(i, whole) for each vector of n values from i = 0 on, the last one perhaps in part. */
#define EACH_VECTOR(BODY) \
  const M all = vmask(L); \
  i64 i = 0; \
  for (; i + TURN * L <= n; i += TURN * L) { \
    for (i64 line = 0; line < TURN * VBYTES / 64; line++) own_ahead(theta, i + line * (64 / (i64)sizeof(T))); \
    _Pragma("unroll") for (int t = 0; t < TURN; t++) BODY(i + t * L, 1, all); \
  } \
  for (; i + L <= n; i += L) BODY(i, 1, all); \
  if (i < n) BODY(i, 0, vmask((int)(n - i)));

/** As in kernels/sgd.ts: a loop for each kind of step. */
INLINE int descend(
    T *theta, const T *g, T *v, i64 n, const T *s, const int keeps, const int nesterov, const int decays) {
  const V factors = vset(s[0]), rates = vset(s[1]), mu = vset(s[2]), l2 = vset(s[4]), decay = vset(s[5]);
  Bits odd = (Bits)vzero();
#define DESCEND(at, whole, mask) \
  { \
    V before = get(theta + (at), whole, mask), gradient = get(g + (at), whole, mask) * factors; \
    if (decays) gradient = gradient + l2 * before; \
    V change = gradient; \
    if (keeps) { \
      V velocity = mu * get(v + (at), whole, mask) + gradient; \
      put(v + (at), velocity, whole, mask); \
      change = velocity; \
      if (nesterov) change = gradient + mu * velocity; \
    } \
    if (decays) change = change + decay * before; \
    V next = before - rates * change; \
    put(theta + (at), next, whole, mask); \
    odd |= odd_of(next); \
  }
  EACH_VECTOR(DESCEND)
  return !any(odd);
}

/**
 * @param s factor, rate, momentum, whether it is Nesterov's, l2, weightDecay. Returns whether all new parameters are
 * finite.
 */
int NAME(sgd)(T *theta, const T *g, T *v, T *unused, i64 n, const T *s) {
  (void)unused;
  if (s[4] == 0 && s[5] == 0) {
    if (s[2] == 0) return descend(theta, g, v, n, s, 0, 0, 0);
    if (s[3] == 0) return descend(theta, g, v, n, s, 1, 0, 0);
    return descend(theta, g, v, n, s, 1, 1, 0);
  }
  if (s[2] == 0) return descend(theta, g, v, n, s, 0, 0, 1);
  if (s[3] == 0) return descend(theta, g, v, n, s, 1, 0, 1);
  return descend(theta, g, v, n, s, 1, 1, 1);
}

INLINE int moments(T *theta, const T *g, T *m, T *v, i64 n, const T *s, const int decays) {
  const V factors = vset(s[0]), rates = vset(s[1]), beta1 = vset(s[2]), rest1 = vset(s[3]), beta2 = vset(s[4]),
          rest2 = vset(s[5]), correction1 = vset(s[6]), correction2 = vset(s[7]), epsilon = vset(s[8]),
          l2 = vset(s[9]), decay = vset(s[10]);
  Bits odd = (Bits)vzero();
#define MOMENT(at, whole, mask) \
  { \
    V before = get(theta + (at), whole, mask), gradient = factors * get(g + (at), whole, mask); \
    if (decays) gradient = gradient + l2 * before; \
    V mean = beta1 * get(m + (at), whole, mask) + rest1 * gradient; \
    V square = beta2 * get(v + (at), whole, mask) + (rest2 * gradient) * gradient; \
    put(m + (at), mean, whole, mask); \
    put(v + (at), square, whole, mask); \
    V change = mean * correction1 / (vsqrt(square) * correction2 + epsilon); \
    if (decays) change = change + decay * before; \
    V next = before - rates * change; \
    put(theta + (at), next, whole, mask); \
    odd |= odd_of(next) | odd_of(square); \
  }
  EACH_VECTOR(MOMENT)
  return !any(odd);
}

/**
 * @param s factor, rate, β₁, 1 − β₁, β₂, 1 − β₂, 1/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ), ε, l2, weightDecay. Returns whether all new
 * parameters and mean squares are finite.
 */
int NAME(adam)(T *theta, const T *g, T *m, T *v, i64 n, const T *s) {
  if (s[9] == 0 && s[10] == 0) return moments(theta, g, m, v, n, s, 0);
  return moments(theta, g, m, v, n, s, 1);
}
