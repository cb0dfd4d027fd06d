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

/** As `tree`, over any power of two of at least 16 buffers. */
function large<T>(at: usize, stride: usize, count: i32): v128 {
  if (count == 16) return tree<T>(at, stride, 16);
  const half = count >> 1;
  return v128.add<T>(large<T>(at, stride, half), large<T>(at + <usize>half * stride, stride, half));
}

/**
 * dst = the tree over `count` buffers, plus, unless it is the `last` one, what stands in dst; for `bytes` bytes, a whole
 * number of vectors.
 */
@inline
function treeInto<T>(dst: usize, src: usize, stride: usize, bytes: usize, last: bool, count: i32): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    const sum = count > 16 ? large<T>(src + i, stride, count) : tree<T>(src + i, stride, count);
    v128.store(dst + i, last ? sum : v128.add<T>(sum, v128.load(dst + i)));
  }
}

/**
 * dst = Σ_s src_s. The order is fixed by the number of shards alone: a power of two is halved, any other number split
 * at the largest power of two below it (tree.ts). That is a balanced tree for each of its binary digits, 16 to 1
 * buffers and more, with the sums of the smaller ones, which are last, added up first.
 * Buffers are padded to whole vectors, so the last vector may be summed whole.
 */
@inline
function shardsSum<T>(dst: usize, src: usize, stride: usize, shards: i32, n: i32): void {
  const bytes = (<usize>n * sizeof<T>() + 15) & ~15;
  let last = true;
  src += <usize>shards * stride;
  if (shards & 1) {
    src -= stride;
    treeInto<T>(dst, src, stride, bytes, true, 1);
    last = false;
  }
  if (shards & 2) {
    src -= 2 * stride;
    treeInto<T>(dst, src, stride, bytes, last, 2);
    last = false;
  }
  if (shards & 4) {
    src -= 4 * stride;
    treeInto<T>(dst, src, stride, bytes, last, 4);
    last = false;
  }
  if (shards & 8) {
    src -= 8 * stride;
    treeInto<T>(dst, src, stride, bytes, last, 8);
    last = false;
  }
  if (shards & 16) {
    src -= 16 * stride;
    treeInto<T>(dst, src, stride, bytes, last, 16);
    last = false;
  }
  for (let count = 32; count <= shards; count <<= 1) {
    if ((shards & count) == 0) continue;
    src -= <usize>count * stride;
    treeInto<T>(dst, src, stride, bytes, last, count);
    last = false;
  }
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
