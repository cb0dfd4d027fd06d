/** Sums over shards, and their scaling. */

/** The balanced pairwise tree over `count` (1, 2, 4, 8 or 16) buffers; `count` is a constant where it is inlined. */
@inline
function tree<T>(at: usize, stride: usize, count: i32): v128 {
  if (count == 1) return v128.load(at);
  if (count == 2) return pair<T>(at, stride);
  if (count == 4) return v128.add<T>(pair<T>(at, stride), pair<T>(at + 2 * stride, stride));
  if (count == 8) return eight<T>(at, stride);
  return v128.add<T>(eight<T>(at, stride), eight<T>(at + 8 * stride, stride));
}

@inline
function pair<T>(at: usize, stride: usize): v128 {
  return v128.add<T>(v128.load(at), v128.load(at + stride));
}

@inline
function eight<T>(at: usize, stride: usize): v128 {
  return v128.add<T>(
    v128.add<T>(pair<T>(at, stride), pair<T>(at + 2 * stride, stride)),
    v128.add<T>(pair<T>(at + 4 * stride, stride), pair<T>(at + 6 * stride, stride)),
  );
}

/** dst (+)= the tree over `count` buffers, for `bytes` bytes, a whole number of vectors. */
@inline
function treeInto<T>(dst: usize, src: usize, stride: usize, bytes: usize, first: bool, count: i32): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    const sum = tree<T>(src + i, stride, count);
    v128.store(dst + i, first ? sum : v128.add<T>(v128.load(dst + i), sum));
  }
}

/**
 * dst = Σ_s src_s. The order is fixed by the number of shards alone: blocks of 16, then the rest by its
 * binary digits (8, 4, 2, 1), each a balanced pairwise tree, the blocks added left to right.
 * Buffers are padded to whole vectors, so the last vector may be summed whole.
 */
@inline
function shardsSum<T>(dst: usize, src: usize, stride: usize, shards: i32, n: i32): void {
  const bytes = (<usize>n * sizeof<T>() + 15) & ~15;
  let first = true;
  let left = shards;
  for (; left >= 16; left -= 16, first = false, src += 16 * stride) treeInto<T>(dst, src, stride, bytes, first, 16);
  if (left & 8) {
    treeInto<T>(dst, src, stride, bytes, first, 8);
    first = false;
    src += 8 * stride;
  }
  if (left & 4) {
    treeInto<T>(dst, src, stride, bytes, first, 4);
    first = false;
    src += 4 * stride;
  }
  if (left & 2) {
    treeInto<T>(dst, src, stride, bytes, first, 2);
    first = false;
    src += 2 * stride;
  }
  if (left & 1) treeInto<T>(dst, src, stride, bytes, first, 1);
}

export function shards_sum_f32(dst: usize, src: usize, stride: usize, shards: i32, n: i32): void {
  shardsSum<f32>(dst, src, stride, shards, n);
}
export function shards_sum_f64(dst: usize, src: usize, stride: usize, shards: i32, n: i32): void {
  shardsSum<f64>(dst, src, stride, shards, n);
}

/** x ← factor · x. */
@inline
function scale<T>(x: usize, n: i32, factor: T): void {
  const lanes = 16 / sizeof<T>();
  const end = x + <usize>n * sizeof<T>();
  const vectorEnd = x + <usize>(n & ~(lanes - 1)) * sizeof<T>();
  const factors = v128.splat<T>(factor);
  for (; x < vectorEnd; x += 16) v128.store(x, v128.mul<T>(v128.load(x), factors));
  for (; x < end; x += sizeof<T>()) store<T>(x, <T>(load<T>(x) * factor));
}

export function scale_f32(x: usize, n: i32, factor: f32): void {
  scale<f32>(x, n, factor);
}
export function scale_f64(x: usize, n: i32, factor: f64): void {
  scale<f64>(x, n, factor);
}
