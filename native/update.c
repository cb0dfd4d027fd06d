/*
 * One step of an optimizer in one pass over memory: the arithmetic of kernels/sgd.ts and kernels/adam.ts, so the same bits.
 */
#include "vector.h"
#include "kernels.h"

/** Vectors of a turn: the loop's own instructions are then few beside theirs. */
enum { TURN = 4 };

INLINE V get(const T *p, const int whole, M mask) { return whole ? vload(p) : vloadm(p, mask); }
INLINE void put(T *p, V v, const int whole, M mask) {
  if (whole) vstore(p, v);
  else vstorem(p, v, mask);
}

/** Bits that are all 0 where x is finite: x − x is NaN elsewhere. */
typedef __typeof__((V){0} <= (V){0}) Bits;
INLINE Bits odd_of(V x) { return (Bits)(x - x); }

/** Does BODY(i, whole) for each vector of n values from i = 0 on, the last one perhaps in part. */
#define EACH_VECTOR(BODY) \
  const M all = vmask(L); \
  i64 i = 0; \
  for (; i + TURN * L <= n; i += TURN * L) { \
    _Pragma("unroll") for (int t = 0; t < TURN; t++) BODY(i + t * L, 1, all); \
  } \
  for (; i + L <= n; i += L) BODY(i, 1, all); \
  if (i < n) BODY(i, 0, vmask((int)(n - i)));

/**
 * As in kernels/sgd.ts: a loop for each kind of step. Without momentum and decay, sums of +0 leave θ as it is, and then it is
 * not written: a pixel that is 0 in all rows of a minibatch costs the other threads no line of θ.
 */
INLINE int descend(
    T *theta, const T *g, T *v, i64 n, const T *s, const int keeps, const int nesterov, const int decays) {
  const V factors = vset(s[0]), rates = vset(s[1]), mu = vset(s[2]), l2 = vset(s[4]), decay = vset(s[5]);
  Bits odd = (Bits)vzero();
#define DESCEND(at, whole, mask) \
  { \
    V before = get(theta + (at), whole, mask), sum = get(g + (at), whole, mask), gradient = sum * factors; \
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
    if (keeps || decays || vany(sum)) put(theta + (at), next, whole, mask); \
    odd |= odd_of(next); \
  }
  EACH_VECTOR(DESCEND)
  return !vany((V)odd);
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
  return !vany((V)odd);
}

/**
 * @param s factor, rate, β₁, 1 − β₁, β₂, 1 − β₂, 1/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ), ε, l2, weightDecay. Returns whether all new
 * parameters and mean squares are finite.
 */
int NAME(adam)(T *theta, const T *g, T *m, T *v, i64 n, const T *s) {
  if (s[9] == 0 && s[10] == 0) return moments(theta, g, m, v, n, s, 0);
  return moments(theta, g, m, v, n, s, 1);
}
