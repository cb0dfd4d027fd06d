/**
 * Rows of the data set, in the order of this minibatch, as the network's input and target matrices: values of any
 * element type, as they are (`none`), with one scale and offset for all columns (`one`), or with a scale and an offset
 * for each column (`columns`).
 */
import { gatherBytes } from './gather_bytes';
import { prefetch, rowOf } from './rows';

/** Four values of type S as float64, which holds each of them exactly: the first two, or the others. */
@inline
function four<S>(from: usize, upper: bool): v128 {
  if (sizeof<S>() == 8) return v128.load(from + (upper ? 16 : 0));
  if (isFloat<S>()) {
    const values = v128.load(from);
    return f64x2.promote_low_f32x4(upper ? v128.shuffle<i64>(values, values, 1, 0) : values);
  }
  const ints =
    sizeof<S>() == 1 ? v128.extend_low<u16>(v128.extend_low<u8>(v128.load32_zero(from))) : v128.load(from);
  return f64x2.convert_low_i32x4_s(upper ? v128.shuffle<i64>(ints, ints, 1, 0) : ints);
}

/** Stores four values, given as two pairs of float64, each rounded once. */
@inline
function storeFour<T>(x: usize, lower: v128, upper: v128): void {
  if (sizeof<T>() == 8) {
    v128.store(x, lower);
    v128.store(x, upper, 16);
  } else {
    v128.store(
      x,
      v128.shuffle<i64>(f32x4.demote_f64x2_zero(lower), f32x4.demote_f64x2_zero(upper), 0, 2),
    );
  }
}

/** X[r, c] = features[order[r]·cols + c]. */
@inline
function gatherNone<T, S>(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) {
    prefetch<S>(features, order, r, rows, cols);
    let from = features + rowOf(order, r, cols) * sizeof<S>();
    let left = cols;
    for (; left >= 4; left -= 4, from += 4 * sizeof<S>(), x += 4 * sizeof<T>()) {
      if (sizeof<S>() == sizeof<T>() && isFloat<S>()) {
        v128.store(x, v128.load(from));
        if (sizeof<T>() == 8) v128.store(x, v128.load(from, 16), 16);
      } else storeFour<T>(x, four<S>(from, false), four<S>(from, true));
    }
    for (; left > 0; left--, from += sizeof<S>(), x += sizeof<T>()) store<T>(x, <T>load<S>(from));
  }
}

/** X[r, c] = features[order[r]·cols + c] · (high + low) + offset, computed in float64 and rounded once. */
@inline
function gatherOne<T, S>(
  features: usize,
  order: usize,
  x: usize,
  rows: i32,
  cols: i32,
  high: f64,
  low: f64,
  offset: f64,
): void {
  const highs = f64x2.splat(high);
  const lows = f64x2.splat(low);
  const offsets = f64x2.splat(offset);
  for (let r = 0; r < rows; r++) {
    prefetch<S>(features, order, r, rows, cols);
    let from = features + rowOf(order, r, cols) * sizeof<S>();
    let left = cols;
    for (; left >= 4; left -= 4, from += 4 * sizeof<S>(), x += 4 * sizeof<T>()) {
      const a = four<S>(from, false);
      const b = four<S>(from, true);
      storeFour<T>(
        x,
        f64x2.add(f64x2.add(f64x2.mul(a, highs), f64x2.mul(a, lows)), offsets),
        f64x2.add(f64x2.add(f64x2.mul(b, highs), f64x2.mul(b, lows)), offsets),
      );
    }
    for (; left > 0; left--, from += sizeof<S>(), x += sizeof<T>()) {
      const value = <f64>load<S>(from);
      store<T>(x, <T>(value * high + value * low + offset));
    }
  }
}

/** X[r, c] = features[order[r]·cols + c] · scales[c] + offsets[c], computed in float64 and rounded once. */
@inline
function gatherColumns<T, S>(
  features: usize,
  order: usize,
  x: usize,
  rows: i32,
  cols: i32,
  scales: usize,
  offsets: usize,
): void {
  for (let r = 0; r < rows; r++) {
    prefetch<S>(features, order, r, rows, cols);
    let from = features + rowOf(order, r, cols) * sizeof<S>();
    let c: usize = 0;
    const bytes = <usize>cols << 3;
    for (; c + 32 <= bytes; c += 32, from += 4 * sizeof<S>(), x += 4 * sizeof<T>()) {
      const a = f64x2.mul(four<S>(from, false), v128.load(scales + c));
      const b = f64x2.mul(four<S>(from, true), v128.load(scales + c, 16));
      storeFour<T>(x, f64x2.add(a, v128.load(offsets + c)), f64x2.add(b, v128.load(offsets + c, 16)));
    }
    for (; c < bytes; c += 8, from += sizeof<S>(), x += sizeof<T>()) {
      store<T>(x, <T>(<f64>load<S>(from) * load<f64>(scales + c) + load<f64>(offsets + c)));
    }
  }
}

/** Y[r, ·] = 1 at classes[order[r]], 0 elsewhere. */
@inline
function gatherClasses<T, S>(classes: usize, order: usize, y: usize, rows: i32, cols: i32): void {
  memory.fill(y, 0, <usize>rows * <usize>cols * sizeof<T>());
  for (let r = 0; r < rows; r++) {
    const row = <usize>load<u32>(order + (<usize>r << 2));
    const label = <usize>load<S>(classes + row * sizeof<S>());
    store<T>(y + (<usize>r * <usize>cols + label) * sizeof<T>(), <T>1);
  }
}

export function gather_uint8_none_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  gatherBytes<f32>(features, order, x, rows, cols, false, false, 1, 0, 0);
}
export function gather_uint8_none_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  gatherBytes<f64>(features, order, x, rows, cols, false, false, 1, 0, 0);
}
export function gather_uint8_one_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32, high: f64, low: f64, offset: f64): void {
  if (offset == 0) gatherBytes<f32>(features, order, x, rows, cols, true, false, high, low, 0);
  else gatherBytes<f32>(features, order, x, rows, cols, true, true, high, low, offset);
}
export function gather_uint8_one_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32, high: f64, low: f64, offset: f64): void {
  if (offset == 0) gatherBytes<f64>(features, order, x, rows, cols, true, false, high, low, 0);
  else gatherBytes<f64>(features, order, x, rows, cols, true, true, high, low, offset);
}
export function gather_uint8_columns_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32, scales: usize, offsets: usize): void {
  gatherColumns<f32, u8>(features, order, x, rows, cols, scales, offsets);
}
export function gather_uint8_columns_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32, scales: usize, offsets: usize): void {
  gatherColumns<f64, u8>(features, order, x, rows, cols, scales, offsets);
}

export function gather_int32_none_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  gatherNone<f32, i32>(features, order, x, rows, cols);
}
export function gather_int32_none_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  gatherNone<f64, i32>(features, order, x, rows, cols);
}
export function gather_int32_one_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32, high: f64, low: f64, offset: f64): void {
  gatherOne<f32, i32>(features, order, x, rows, cols, high, low, offset);
}
export function gather_int32_one_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32, high: f64, low: f64, offset: f64): void {
  gatherOne<f64, i32>(features, order, x, rows, cols, high, low, offset);
}
export function gather_int32_columns_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32, scales: usize, offsets: usize): void {
  gatherColumns<f32, i32>(features, order, x, rows, cols, scales, offsets);
}
export function gather_int32_columns_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32, scales: usize, offsets: usize): void {
  gatherColumns<f64, i32>(features, order, x, rows, cols, scales, offsets);
}

export function gather_float32_none_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  gatherNone<f32, f32>(features, order, x, rows, cols);
}
export function gather_float32_none_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  gatherNone<f64, f32>(features, order, x, rows, cols);
}
export function gather_float32_one_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32, high: f64, low: f64, offset: f64): void {
  gatherOne<f32, f32>(features, order, x, rows, cols, high, low, offset);
}
export function gather_float32_one_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32, high: f64, low: f64, offset: f64): void {
  gatherOne<f64, f32>(features, order, x, rows, cols, high, low, offset);
}
export function gather_float32_columns_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32, scales: usize, offsets: usize): void {
  gatherColumns<f32, f32>(features, order, x, rows, cols, scales, offsets);
}
export function gather_float32_columns_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32, scales: usize, offsets: usize): void {
  gatherColumns<f64, f32>(features, order, x, rows, cols, scales, offsets);
}

export function gather_float64_none_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  gatherNone<f32, f64>(features, order, x, rows, cols);
}
export function gather_float64_none_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32): void {
  gatherNone<f64, f64>(features, order, x, rows, cols);
}
export function gather_float64_one_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32, high: f64, low: f64, offset: f64): void {
  gatherOne<f32, f64>(features, order, x, rows, cols, high, low, offset);
}
export function gather_float64_one_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32, high: f64, low: f64, offset: f64): void {
  gatherOne<f64, f64>(features, order, x, rows, cols, high, low, offset);
}
export function gather_float64_columns_f32(features: usize, order: usize, x: usize, rows: i32, cols: i32, scales: usize, offsets: usize): void {
  gatherColumns<f32, f64>(features, order, x, rows, cols, scales, offsets);
}
export function gather_float64_columns_f64(features: usize, order: usize, x: usize, rows: i32, cols: i32, scales: usize, offsets: usize): void {
  gatherColumns<f64, f64>(features, order, x, rows, cols, scales, offsets);
}

export function gather_classes_uint8_f32(classes: usize, order: usize, y: usize, rows: i32, cols: i32): void {
  gatherClasses<f32, u8>(classes, order, y, rows, cols);
}
export function gather_classes_uint8_f64(classes: usize, order: usize, y: usize, rows: i32, cols: i32): void {
  gatherClasses<f64, u8>(classes, order, y, rows, cols);
}
export function gather_classes_uint16_f32(classes: usize, order: usize, y: usize, rows: i32, cols: i32): void {
  gatherClasses<f32, u16>(classes, order, y, rows, cols);
}
export function gather_classes_uint16_f64(classes: usize, order: usize, y: usize, rows: i32, cols: i32): void {
  gatherClasses<f64, u16>(classes, order, y, rows, cols);
}
