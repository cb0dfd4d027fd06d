/** `merge` of src/model/layers/formulas/batch-norm.ts: shards' statistics become the minibatch's. */
import { leftOf } from './tree';
import { lanes, read, write } from './vector';

/** Σ (x − mean)² of the vector of columns whose mean `tree` returned last: a function returns one vector alone. */
let squaresOf: v128 = i32x4(0, 0, 0, 0);

/** The row where shard `shard` begins. */
@inline
function edge(shard: i32, rows: i32, shards: i32): i32 {
  return <i32>((<i64>shard * rows) / shards);
}

/** The mean of a vector of columns over the shards [first, first + count); and `squaresOf`. */
function tree<T>(
  sums: usize, stride: usize, first: i32, count: i32, shards: i32, rows: i32, cols: i32, left: i32,
): v128 {
  if (count == 1) {
    const at = sums + <usize>first * stride;
    squaresOf = read<T>(at + <usize>cols * sizeof<T>(), left);
    return read<T>(at, left);
  }
  const half = leftOf(count);
  const middle = first + half;
  const here = edge(middle, rows, shards) - edge(first, rows, shards);
  const there = edge(first + count, rows, shards) - edge(middle, rows, shards);
  if (there == 0) return tree<T>(sums, stride, first, half, shards, rows, cols, left);
  if (here == 0) return tree<T>(sums, stride, middle, count - half, shards, rows, cols, left);
  const mean = tree<T>(sums, stride, first, half, shards, rows, cols, left);
  const squares = squaresOf;
  const apart = v128.sub<T>(tree<T>(sums, stride, middle, count - half, shards, rows, cols, left), mean);
  const both = v128.add<T>(squares, squaresOf);
  const all = <f64>here + <f64>there;
  const weight = v128.splat<T>(<T>((<f64>here * <f64>there) / all));
  squaresOf = v128.add<T>(both, v128.mul<T>(v128.mul<T>(apart, apart), weight));
  return v128.add<T>(mean, v128.mul<T>(apart, v128.splat<T>(<T>(<f64>there / all))));
}

@inline
function merge<T>(
  sums: usize, stride: usize, shards: i32, rows: i32, cols: i32, stats: usize, eps: T,
): void {
  const own = <usize>cols * sizeof<T>();
  const count = v128.splat<T>(<T>rows);
  const one = v128.splat<T>(<T>1);
  for (let left = cols; left > 0; left -= lanes<T>(), sums += 16, stats += 16) {
    write<T>(stats, tree<T>(sums, stride, 0, shards, shards, rows, cols, left), left);
    const variance = v128.div<T>(squaresOf, count);
    const inverse = v128.div<T>(one, v128.sqrt<T>(v128.add<T>(variance, v128.splat<T>(eps))));
    // NaN where the variance, or what running ones take of it, is infinite; else +0.
    const twice = v128.add<T>(variance, variance);
    write<T>(stats + own, v128.add<T>(inverse, v128.sub<T>(twice, twice)), left);
    write<T>(stats + 2 * own, variance, left);
  }
}

export function batch_norm_merge_f32(
  sums: usize, stride: usize, shards: i32, rows: i32, cols: i32, stats: usize, eps: f32,
): void {
  merge<f32>(sums, stride, shards, rows, cols, stats, eps);
}
export function batch_norm_merge_f64(
  sums: usize, stride: usize, shards: i32, rows: i32, cols: i32, stats: usize, eps: f64,
): void {
  merge<f64>(sums, stride, shards, rows, cols, stats, eps);
}
