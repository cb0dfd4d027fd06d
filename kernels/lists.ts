/**
 * Lists of a matrix's nonzeros, a row or a column each.
 *
 * A list has two halves a fixed distance apart: for each nonzero the place of its factor (uint32 bytes, as far from
 * each other as values are), and the value. Both are written a vector at a time, its nonzeros moved to the front, so
 * that nothing is decided on random data: a wrong guess costs the processor as much as a dozen additions.
 */

/** Rows and depth of the block whose lists there is room for: at worst all of it, 1 MiB for each half. */
export const MC = 128;
export const KC = 1024;
/** Lists of columns begin one cache line off a power of two, so that they do not share a cache set. */
export const LIST_PAD = 64;
/** From the places of a list to its values. */
export const VALUES: usize = <usize>MC * (<usize>KC * 8 + LIST_PAD);
/** 16 shuffles for vectors of 4 values, 4 for those of 2. */
export const SHUFFLES: usize = (16 + 4) * 16;

/** Whether each of the 16 values at x differs from ±0 (NaN does), the first in the lowest bit. */
@inline
export function mask16<T>(x: usize): i32 {
  const zero = v128.splat<T>(<T>0);
  if (sizeof<T>() == 4) {
    const a = i16x8.narrow_i32x4_s(f32x4.ne(v128.load(x), zero), f32x4.ne(v128.load(x, 16), zero));
    const b = i16x8.narrow_i32x4_s(f32x4.ne(v128.load(x, 32), zero), f32x4.ne(v128.load(x, 48), zero));
    return i8x16.bitmask(i8x16.narrow_i16x8_s(a, b));
  }
  return (
    i32x4.bitmask(pairs(x, zero)) | (i32x4.bitmask(pairs(x + 32, zero)) << 4) |
    (i32x4.bitmask(pairs(x + 64, zero)) << 8) | (i32x4.bitmask(pairs(x + 96, zero)) << 12)
  );
}

@inline
function pairs(x: usize, zero: v128): v128 {
  return v128.shuffle<i32>(f64x2.ne(v128.load(x), zero), f64x2.ne(v128.load(x, 16), zero), 0, 2, 4, 6);
}

/** How many of n values differ from ±0, counted no further than `limit`. */
@inline
function count<T>(x: usize, n: i32, limit: i32): i32 {
  let found = 0;
  let i = 0;
  for (; i + 16 <= n && found <= limit; i += 16, x += 16 * sizeof<T>()) found += popcnt(mask16<T>(x));
  for (; i < n && found <= limit; i++, x += sizeof<T>()) found += <i32>(load<T>(x) != <T>0);
  return found;
}

/** Whether fewer than share·rows·cols values of a matrix (rows `stride` bytes apart) differ from ±0. */
@inline
export function isSparse<T>(x: usize, stride: usize, rows: i32, cols: i32, share: f64): bool {
  let left = <i32>(share * <f64>rows * <f64>cols);
  for (let r = 0; r < rows && left > 0; r++, x += stride) left -= count<T>(x, cols, left);
  return left > 0;
}

/** The shuffle that moves the lanes in `mask` to the front, for each mask; −1 gives a zero. */
@inline
export function writeShuffles<T>(to: usize): void {
  if (sizeof<T>() == 4) {
    v128.store(to, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    v128.store(to, i8x16(0, 1, 2, 3, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1), 16);
    v128.store(to, i8x16(4, 5, 6, 7, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1), 32);
    v128.store(to, i8x16(0, 1, 2, 3, 4, 5, 6, 7, -1, -1, -1, -1, -1, -1, -1, -1), 48);
    v128.store(to, i8x16(8, 9, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1), 64);
    v128.store(to, i8x16(0, 1, 2, 3, 8, 9, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1), 80);
    v128.store(to, i8x16(4, 5, 6, 7, 8, 9, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1), 96);
    v128.store(to, i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1, -1, -1, -1), 112);
    v128.store(to, i8x16(12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1), 128);
    v128.store(to, i8x16(0, 1, 2, 3, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1), 144);
    v128.store(to, i8x16(4, 5, 6, 7, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1), 160);
    v128.store(to, i8x16(0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, -1, -1, -1, -1), 176);
    v128.store(to, i8x16(8, 9, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1), 192);
    v128.store(to, i8x16(0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1), 208);
    v128.store(to, i8x16(4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1), 224);
    v128.store(to, i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), 240);
    return;
  }
  v128.store(to, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
  v128.store(to, i8x16(0, 1, 2, 3, 4, 5, 6, 7, -1, -1, -1, -1, -1, -1, -1, -1), 16);
  v128.store(to, i8x16(8, 9, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1), 32);
  v128.store(to, i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), 48);
}

@inline
function nonzeroLanes<T>(v: v128): i32 {
  const differs = v128.ne<T>(v, v128.splat<T>(<T>0));
  return sizeof<T>() == 4 ? i32x4.bitmask(differs) : i64x2.bitmask(differs);
}

/** Adds the nonzeros of a vector and their places at the end of a list; returns the new end. */
@inline
function append<T>(to: usize, v: v128, places: v128, shuffles: usize): usize {
  const lanes = nonzeroLanes<T>(v);
  const front = v128.load(shuffles + (<usize>lanes << 4));
  v128.store(to, i8x16.swizzle(places, front));
  v128.store(to, i8x16.swizzle(v, front), VALUES);
  return to + <usize>popcnt(lanes) * sizeof<T>();
}

/** The same for one value. */
@inline
function appendOne<T>(to: usize, x: T, place: usize): usize {
  store<u32>(to, <u32>place);
  store<T>(to, x, VALUES);
  return x != <T>0 ? to + sizeof<T>() : to;
}

/** first, first + step, … in the lanes of a vector. */
@inline
function ramp<T>(first: usize, step: usize): v128 {
  if (sizeof<T>() == 8) return i64x2.replace_lane(i64x2.splat(<i64>first), 1, <i64>(first + step));
  const from = i32x4.splat(<i32>first);
  return i32x4.add(from, i32x4.mul(i32x4.splat(<i32>step), i32x4(0, 1, 2, 3)));
}

/** The list of a row: n values at x, the k-th's place being k·step. */
@inline
export function listRow<T>(x: usize, n: i32, step: usize, to: usize, shuffles: usize): usize {
  const lanes = 16 / <i32>sizeof<T>();
  let places = ramp<T>(0, step);
  const next = sizeof<T>() == 4 ? i32x4.splat(4 * <i32>step) : i64x2.splat(2 * <i64>step);
  let k = 0;
  for (; k + lanes <= n; k += lanes, x += 16) {
    to = append<T>(to, v128.load(x), places, shuffles);
    places = sizeof<T>() == 4 ? i32x4.add(places, next) : i64x2.add(places, next);
  }
  for (; k < n; k++, x += sizeof<T>()) to = appendOne<T>(to, load<T>(x), <usize>k * step);
  return to;
}

/** Adds to the list of column c. */
@inline
function appendTo<T>(ends: usize, c: usize, v: v128, places: v128, shuffles: usize): void {
  const end = ends + (c << 2);
  store<u32>(end, <u32>append<T>(load<u32>(end), v, places, shuffles));
}

/** Lists of a column each, `capacity` bytes apart from `lists` on: `rows` rows of `cols` values, ends at `ends`. */
@inline
export function listColumns<T>(
  x: usize, stride: usize, rows: i32, cols: i32, step: usize,
  lists: usize, capacity: usize, ends: usize, shuffles: usize,
): void {
  const lanes = 16 / <i32>sizeof<T>();
  for (let c: usize = 0; c < <usize>cols; c++) store<u32>(ends + (c << 2), <u32>(lists + c * capacity));
  let r = 0;
  for (; r + lanes <= rows; r += lanes, x += <usize>lanes * stride) {
    const places = ramp<T>(<usize>r * step, step);
    let at = x;
    let c: usize = 0;
    // A square block of the rows' values, turned so that a column's lie in a vector; many blocks hold zeros alone.
    for (; c + lanes <= <usize>cols; c += lanes, at += 16) {
      const r0 = v128.load(at);
      const r1 = v128.load(at + stride);
      if (sizeof<T>() == 8) {
        appendTo<T>(ends, c, v128.shuffle<i64>(r0, r1, 0, 2), places, shuffles);
        appendTo<T>(ends, c + 1, v128.shuffle<i64>(r0, r1, 1, 3), places, shuffles);
        continue;
      }
      const r2 = v128.load(at + 2 * stride);
      const r3 = v128.load(at + 3 * stride);
      if (!v128.any_true(v128.or(v128.or(r0, r1), v128.or(r2, r3)))) continue;
      const a = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
      const b = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
      appendTo<T>(ends, c, v128.shuffle<i32>(a, b, 0, 1, 4, 5), places, shuffles);
      appendTo<T>(ends, c + 1, v128.shuffle<i32>(a, b, 2, 3, 6, 7), places, shuffles);
      const d = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
      const e = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
      appendTo<T>(ends, c + 2, v128.shuffle<i32>(d, e, 0, 1, 4, 5), places, shuffles);
      appendTo<T>(ends, c + 3, v128.shuffle<i32>(d, e, 2, 3, 6, 7), places, shuffles);
    }
    for (; c < <usize>cols; c++, at += sizeof<T>()) {
      for (let i = 0; i < lanes; i++) listOne<T>(at + <usize>i * stride, c, <usize>(r + i) * step, ends);
    }
  }
  for (; r < rows; r++, x += stride) {
    for (let c: usize = 0; c < <usize>cols; c++) listOne<T>(x + c * sizeof<T>(), c, <usize>r * step, ends);
  }
}

@inline
function listOne<T>(x: usize, c: usize, place: usize, ends: usize): void {
  const end = ends + (c << 2);
  store<u32>(end, <u32>appendOne<T>(load<u32>(end), load<T>(x), place));
}
