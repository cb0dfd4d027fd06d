/*
 * What goes value by value: bytes of the data set that become inputs, and ReLU. The arithmetic of
 * kernels/gather_bytes.ts and kernels/relu.ts, so the same bits.
 */
#include "vector.h"
#include "kernels.h"

/** X[c] = row[c]·high + row[c]·low + offset, every operation rounded. */
void NAME(gather_bytes)(const u8 *row, T *x, i64 cols, T high, T low, T offset) {
  if (offset == 0) {
    for (i64 c = 0; c < cols; c++) x[c] = (T)row[c] * high + (T)row[c] * low;
  } else {
    for (i64 c = 0; c < cols; c++) x[c] = ((T)row[c] * high + (T)row[c] * low) + offset;
  }
}

/** Bits of a vector's lanes, as comparisons leave them: all or none. */
typedef __typeof__((V){0} <= (V){0}) Bits;

/** x, and +0 where x ≤ 0 (−0 too); NaN stays. */
INLINE V relu(V x) { return (V)(~(Bits)(x <= vzero()) & (Bits)x); }

/** 1 where h > 0, 0 where h = 0, NaN elsewhere. */
INLINE V derivative(V h) { return (V)(((Bits)(h > vzero()) & (Bits)vset(1)) | ~(Bits)(h >= vzero())); }

void NAME(relu_forward)(const T *u, T *h, i64 n) {
  i64 i = 0;
  for (; i + L <= n; i += L) vstore(h + i, relu(vload(u + i)));
  if (i == n) return;
  M mask = vmask((int)(n - i));
  vstorem(h + i, relu(vloadm(u + i, mask)), mask);
}

void NAME(relu_backward)(const T *h, T *delta, i64 n) {
  i64 i = 0;
  for (; i + L <= n; i += L) vstore(delta + i, vload(delta + i) * derivative(vload(h + i)));
  if (i == n) return;
  M mask = vmask((int)(n - i));
  vstorem(delta + i, vloadm(delta + i, mask) * derivative(vloadm(h + i, mask)), mask);
}
