/**
 * The kernels of src/model/layers/formulas/batch-norm.ts, which work on a minibatch's or a shard's rows; how shards'
 * statistics become the minibatch's is in batch_norm_merge.ts.
 */
import { lanes, read, write } from './vector';

/** A vector of columns: its first mean, by which deviations are then taken; see `sums` of the formula. */
@inline
function meanOf<T>(x: usize, stride: usize, rows: i32, left: i32): v128 {
  let sum = v128.splat<T>(<T>0);
  for (let r = 0; r < rows; r++, x += stride) sum = v128.add<T>(sum, read<T>(x, left));
  return v128.div<T>(sum, v128.splat<T>(<T>rows));
}

@inline
function sums<T>(x: usize, sums: usize, rows: i32, cols: i32): void {
  const stride = <usize>cols * sizeof<T>();
  if (rows == 0) return memory.fill(sums, 0, 2 * stride);
  const count = v128.splat<T>(<T>rows);
  for (let left = cols; left > 0; left -= lanes<T>(), x += 16, sums += 16) {
    const first = meanOf<T>(x, stride, rows, left);
    let off = v128.splat<T>(<T>0);
    let squares = v128.splat<T>(<T>0);
    for (let r = 0, at = x; r < rows; r++, at += stride) {
      const deviation = v128.sub<T>(read<T>(at, left), first);
      off = v128.add<T>(off, deviation);
      squares = v128.add<T>(squares, v128.mul<T>(deviation, deviation));
    }
    write<T>(sums, v128.add<T>(first, v128.div<T>(off, count)), left);
    const excess = v128.div<T>(v128.mul<T>(off, off), count);
    write<T>(sums + stride, v128.max<T>(v128.splat<T>(<T>0), v128.sub<T>(squares, excess)), left);
  }
}

/** (x − mean)·inverse, the columns' means and inverses at `means` and `inverses`. */
@inline
function normal<T>(x: usize, means: usize, inverses: usize, left: i32): v128 {
  return v128.mul<T>(v128.sub<T>(read<T>(x, left), read<T>(means, left)), read<T>(inverses, left));
}

@inline
function forward<T>(
  x: usize, gamma: usize, beta: usize, y: usize, stats: usize, rows: i32, cols: i32,
): void {
  const stride = <usize>cols * sizeof<T>();
  for (; rows > 0; rows--, x += stride, y += stride) {
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      const scaled = v128.mul<T>(normal<T>(x + i, stats + i, stats + stride + i, left), read<T>(gamma + i, left));
      write<T>(y + i, v128.add<T>(scaled, read<T>(beta + i, left)), left);
    }
  }
}

/** Rows that share a square root and a division a column. */
const TOGETHER = 8;

@inline
function evaluate<T>(
  x: usize, gamma: usize, beta: usize, running: usize, y: usize, rows: i32, cols: i32, eps: T,
): void {
  const stride = <usize>cols * sizeof<T>();
  const one = v128.splat<T>(<T>1);
  for (; rows > 0; rows -= TOGETHER, x += <usize>TOGETHER * stride, y += <usize>TOGETHER * stride) {
    const together = min<i32>(rows, TOGETHER);
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      const mean = read<T>(running + i, left);
      const variance = v128.add<T>(read<T>(running + stride + i, left), v128.splat<T>(eps));
      const inverse = v128.div<T>(one, v128.sqrt<T>(variance));
      const factor = read<T>(gamma + i, left);
      const shift = read<T>(beta + i, left);
      for (let r = 0, at: usize = i; r < together; r++, at += stride) {
        const normal = v128.mul<T>(v128.sub<T>(read<T>(x + at, left), mean), inverse);
        write<T>(y + at, v128.add<T>(v128.mul<T>(normal, factor), shift), left);
      }
    }
  }
}

@inline
function backwardSums<T>(x: usize, delta: usize, stats: usize, sums: usize, rows: i32, cols: i32): void {
  const stride = <usize>cols * sizeof<T>();
  const others = sums + stride;
  memory.fill(sums, 0, 2 * stride);
  for (; rows > 0; rows--, x += stride, delta += stride) {
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      const d = read<T>(delta + i, left);
      const along = v128.mul<T>(d, normal<T>(x + i, stats + i, stats + stride + i, left));
      write<T>(sums + i, v128.add<T>(read<T>(sums + i, left), along), left);
      write<T>(others + i, v128.add<T>(read<T>(others + i, left), d), left);
    }
  }
}

@inline
function backward<T>(
  x: usize, gamma: usize, delta: usize, stats: usize, totals: usize, count: i32, rows: i32, cols: i32,
): void {
  const stride = <usize>cols * sizeof<T>();
  const share = v128.splat<T>(<T>(1 / <f64>count));
  for (; rows > 0; rows--, x += stride, delta += stride) {
    for (let left = cols, i: usize = 0; left > 0; left -= lanes<T>(), i += 16) {
      const inverse = read<T>(stats + stride + i, left);
      const normal = v128.mul<T>(v128.sub<T>(read<T>(x + i, left), read<T>(stats + i, left)), inverse);
      const plain = v128.mul<T>(read<T>(totals + stride + i, left), share);
      const along = v128.mul<T>(read<T>(totals + i, left), share);
      const rest = v128.sub<T>(v128.sub<T>(read<T>(delta + i, left), plain), v128.mul<T>(normal, along));
      write<T>(delta + i, v128.mul<T>(v128.mul<T>(read<T>(gamma + i, left), inverse), rest), left);
    }
  }
}

/** One of the two running statistics: (1 − share)·old + share·new. */
@inline
function moved<T>(at: usize, left: i32, share: T, next: v128): v128 {
  const rest: T = 1 - share;
  const old = v128.mul<T>(v128.splat<T>(rest), read<T>(at, left));
  return v128.add<T>(old, v128.mul<T>(v128.splat<T>(share), next));
}

@inline
function running<T>(running: usize, stats: usize, cols: i32, share: T, count: i32): void {
  const stride = <usize>cols * sizeof<T>();
  const unbiased = v128.splat<T>(<T>(<f64>count / (<f64>count - 1)));
  for (let left = cols; left > 0; left -= lanes<T>(), running += 16, stats += 16) {
    write<T>(running, moved<T>(running, left, share, read<T>(stats, left)), left);
    const variance = v128.mul<T>(read<T>(stats + 2 * stride, left), unbiased);
    write<T>(running + stride, moved<T>(running + stride, left, share, variance), left);
  }
}

export function batch_norm_sums_f32(x: usize, into: usize, rows: i32, cols: i32): void {
  sums<f32>(x, into, rows, cols);
}
export function batch_norm_sums_f64(x: usize, into: usize, rows: i32, cols: i32): void {
  sums<f64>(x, into, rows, cols);
}
export function batch_norm_forward_f32(
  x: usize, gamma: usize, beta: usize, y: usize, stats: usize, rows: i32, cols: i32,
): void {
  forward<f32>(x, gamma, beta, y, stats, rows, cols);
}
export function batch_norm_forward_f64(
  x: usize, gamma: usize, beta: usize, y: usize, stats: usize, rows: i32, cols: i32,
): void {
  forward<f64>(x, gamma, beta, y, stats, rows, cols);
}
export function batch_norm_evaluate_f32(
  x: usize, gamma: usize, beta: usize, running: usize, y: usize, rows: i32, cols: i32, eps: f32,
): void {
  evaluate<f32>(x, gamma, beta, running, y, rows, cols, eps);
}
export function batch_norm_evaluate_f64(
  x: usize, gamma: usize, beta: usize, running: usize, y: usize, rows: i32, cols: i32, eps: f64,
): void {
  evaluate<f64>(x, gamma, beta, running, y, rows, cols, eps);
}
export function batch_norm_backward_sums_f32(
  x: usize, delta: usize, stats: usize, into: usize, rows: i32, cols: i32,
): void {
  backwardSums<f32>(x, delta, stats, into, rows, cols);
}
export function batch_norm_backward_sums_f64(
  x: usize, delta: usize, stats: usize, into: usize, rows: i32, cols: i32,
): void {
  backwardSums<f64>(x, delta, stats, into, rows, cols);
}
export function batch_norm_backward_f32(
  x: usize, gamma: usize, delta: usize, stats: usize, totals: usize, count: i32, rows: i32, cols: i32,
): void {
  backward<f32>(x, gamma, delta, stats, totals, count, rows, cols);
}
export function batch_norm_backward_f64(
  x: usize, gamma: usize, delta: usize, stats: usize, totals: usize, count: i32, rows: i32, cols: i32,
): void {
  backward<f64>(x, gamma, delta, stats, totals, count, rows, cols);
}
export function batch_norm_running_f32(at: usize, stats: usize, cols: i32, share: f32, count: i32): void {
  running<f32>(at, stats, cols, share, count);
}
export function batch_norm_running_f64(at: usize, stats: usize, cols: i32, share: f64, count: i32): void {
  running<f64>(at, stats, cols, share, count);
}
