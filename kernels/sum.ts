/** Sums over shards, and their scaling. */

/** The balanced pairwise tree over a power of two of buffers; `count` is a constant where it is inlined, up to 16. */
@inline
function tree<T>(at: usize, stride: usize, count: i32): v128 {
  if (count == 1) return v128.load(at);
  if (count == 2) return pair<T>(at, stride);
  if (count == 4) return v128.add<T>(pair<T>(at, stride), pair<T>(at + 2 * stride, stride));
  if (count == 8) return eight<T>(at, stride);
  if (count == 16) return sixteen<T>(at, stride);
  return many<T>(at, stride, count);
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

@inline
function sixteen<T>(at: usize, stride: usize): v128 {
  return v128.add<T>(eight<T>(at, stride), eight<T>(at + 8 * stride, stride));
}

/** As `tree`, from 16 buffers on. Inlined, so many addresses would not fit the registers, and take four times as long. */
function many<T>(at: usize, stride: usize, count: i32): v128 {
  if (count == 16) return sixteen<T>(at, stride);
  const half = count >> 1;
  return v128.add<T>(many<T>(at, stride, half), many<T>(at + <usize>half * stride, stride, half));
}

/**
 * If `count` buffers are among the `shards`, as one of their binary digits, dst = the tree over these, plus what
 * stands in dst if that is the sum of those after them; for `bytes` bytes, a whole number of vectors.
 */
@inline
function treeInto<T>(dst: usize, src: usize, stride: usize, bytes: usize, shards: i32, count: i32): void {
  if ((shards & count) == 0) return;
  src += <usize>(shards & ~(2 * count - 1)) * stride;
  if ((shards & (count - 1)) == 0) {
    for (let i: usize = 0; i < bytes; i += 16) v128.store(dst + i, tree<T>(src + i, stride, count));
  } else {
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(dst + i, v128.add<T>(tree<T>(src + i, stride, count), v128.load(dst + i)));
    }
  }
}

/**
 * dst = Σ_s src_s. The order is fixed by the number of shards alone: a power of two is halved, any other number split
 * at the largest power of two below it (tree.ts). So each of its binary digits is a balanced tree, the largest over the
 * first buffers, and the sums of the small ones, which are last, are added up first.
 * Buffers are padded to whole vectors, so the last vector may be summed whole.
 */
@inline
function shardsSum<T>(dst: usize, src: usize, stride: usize, shards: i32, n: i32): void {
  const bytes = (<usize>n * sizeof<T>() + 15) & ~15;
  treeInto<T>(dst, src, stride, bytes, shards, 1);
  treeInto<T>(dst, src, stride, bytes, shards, 2);
  treeInto<T>(dst, src, stride, bytes, shards, 4);
  treeInto<T>(dst, src, stride, bytes, shards, 8);
  treeInto<T>(dst, src, stride, bytes, shards, 16);
  for (let count = 32; count <= shards; count <<= 1) treeInto<T>(dst, src, stride, bytes, shards, count);
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
