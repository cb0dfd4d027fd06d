/** Rows of bytes, images mostly, as they are or with one scale and offset: the loop that MNIST waits for. */
import { prefetch, rowOf } from './rows';

/**
 * x·(high + low) + offset for whole x up to 255, in the precision of T. `high` has so few bits that x·high is exact,
 * and x·low is what is missing: for 1/255 in two such parts the sum has the bits of x/255, tried for every byte. (Two
 * multiplications and an addition take a third of a division's time.)
 */
@inline
function scaled<T>(x: v128, scale: bool, shift: bool, high: v128, low: v128, offset: v128): v128 {
  if (!scale) return x;
  const sum = v128.add<T>(v128.mul<T>(x, high), v128.mul<T>(x, low));
  return shift ? v128.add<T>(sum, offset) : sum;
}

/**
 * X[r, c] = features[order[r]·cols + c], features being bytes; with `scale` times (high + low), with `shift` plus
 * offset. Both are known where this is compiled.
 */
@inline
export function gatherBytes<T>(
  features: usize,
  order: usize,
  x: usize,
  rows: i32,
  cols: i32,
  scale: bool,
  shift: bool,
  high: f64,
  low: f64,
  offset: f64,
): void {
  const bytes = <usize>cols;
  const h = v128.splat<T>(<T>high);
  const l = v128.splat<T>(<T>low);
  const o = v128.splat<T>(<T>offset);
  for (let r = 0; r < rows; r++) {
    prefetch<u8>(features, order, r, rows, cols);
    let from = features + rowOf(order, r, cols);
    const end = from + bytes;
    const vectorEnd = from + (bytes & ~7);
    while (from < vectorEnd) {
      const words = v128.load_ext<u8>(from);
      const lower = v128.extend_low<u16>(words);
      const upper = v128.extend_high<u16>(words);
      if (sizeof<T>() == 4) {
        v128.store(x, scaled<T>(f32x4.convert_i32x4_s(lower), scale, shift, h, l, o));
        v128.store(x, scaled<T>(f32x4.convert_i32x4_s(upper), scale, shift, h, l, o), 16);
      } else {
        const lowerUp = v128.shuffle<i32>(lower, lower, 2, 3, 0, 1);
        const upperUp = v128.shuffle<i32>(upper, upper, 2, 3, 0, 1);
        v128.store(x, scaled<T>(f64x2.convert_low_i32x4_u(lower), scale, shift, h, l, o));
        v128.store(x, scaled<T>(f64x2.convert_low_i32x4_u(lowerUp), scale, shift, h, l, o), 16);
        v128.store(x, scaled<T>(f64x2.convert_low_i32x4_u(upper), scale, shift, h, l, o), 32);
        v128.store(x, scaled<T>(f64x2.convert_low_i32x4_u(upperUp), scale, shift, h, l, o), 48);
      }
      from += 8;
      x += 8 * sizeof<T>();
    }
    for (; from < end; from++, x += sizeof<T>()) {
      let value = <T>load<u8>(from);
      if (scale) value = value * <T>high + value * <T>low;
      if (shift) value += <T>offset;
      store<T>(x, value);
    }
  }
}
