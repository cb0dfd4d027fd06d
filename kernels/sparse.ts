/**
 * Products that visit only the nonzero values of their left factor. Skipping a = ±0 changes no bit of a sum that
 * starts from +0 (a·b is then ±0, and s + ±0 = s), as long as the other factor is finite.
 *
 * C (m×n) = A·B, cut as the dense product is: a block of A becomes lists of its nonzeros, a panel of B of
 * up to 6 vectors' width is packed, and each row of C keeps its sums in registers while its list runs by. Each
 * sum still runs k = 0, 1, 2, …
 *
 * A list has two halves a fixed distance apart: bytes from the panel's start to row k of the panel (uint32, as far
 * from each other as values are), and the values. Both are written a vector at a time, its nonzeros moved to the
 * front, so that nothing is decided on random data: a wrong guess costs the processor as much as a dozen additions.
 */
import { packAcross, packAlong } from './pack';

/** Block of rows and of depth: their lists, at worst all of it, stay within 1 MiB (float64: 2). */
const MC = 128;
export const KC = 1024;
/** Vectors a panel is wide at most. More sums than 6 do not stay in V8's registers. */
const WIDEST = 6;
/**
 * Packing a panel pays from so many rows on, where B's rows lie so many bytes apart that they compete for the same
 * places in the cache.
 */
const PACK_FROM = 96;
const FAR_APART: usize = 512;
/** Lists of columns begin one cache line off a power of two, so that they do not share a cache set. */
const LIST_PAD = 64;
/** From the places of a list to its values. */
const VALUES: usize = <usize>MC * (<usize>KC * 8 + LIST_PAD);
/** 16 shuffles for vectors of 4 values, 4 for those of 2. */
const SHUFFLES: usize = (16 + 4) * 16;

/** Bytes of scratch: the lists, their ends, the shuffles, a panel, an edge. */
export const SPARSE_SCRATCH: usize =
  2 * VALUES + <usize>MC * 8 + SHUFFLES + <usize>KC * WIDEST * 16 + <usize>MC * WIDEST * 16;

/** Whether each of the 16 values at x differs from ±0 (NaN does), the first in the lowest bit. */
@inline
function mask16<T>(x: usize): i32 {
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

export function is_sparse_f32(x: usize, stride: usize, rows: i32, cols: i32, share: f64): bool {
  return isSparse<f32>(x, stride, rows, cols, share);
}
export function is_sparse_f64(x: usize, stride: usize, rows: i32, cols: i32, share: f64): bool {
  return isSparse<f64>(x, stride, rows, cols, share);
}

/** The shuffle that moves the lanes in `mask` to the front, for each mask; −1 gives a zero. */
@inline
function writeShuffles<T>(to: usize): void {
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
function listRow<T>(x: usize, n: i32, step: usize, to: usize, shuffles: usize): usize {
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

/**
 * The same over some vectors of the row alone, and what no vector holds: `groups` is their number, then the column
 * that each begins with. If `packed`, places are those of a panel that has just these rows: see packGroups.
 */
@inline
function listGroups<T>(
  x: usize, groups: usize, n: i32, step: usize, packed: bool, to: usize, shuffles: usize,
): usize {
  const lanes = 16 / <i32>sizeof<T>();
  const within = ramp<T>(0, step);
  let place: usize = 0;
  const end = groups + 4 + (<usize>load<u32>(groups) << 2);
  for (let at = groups + 4; at < end; at += 4) {
    const k = <usize>load<u32>(at);
    if (!packed) place = k * step;
    const first = sizeof<T>() == 4 ? i32x4.splat(<i32>place) : i64x2.splat(<i64>place);
    const places = sizeof<T>() == 4 ? i32x4.add(within, first) : i64x2.add(within, first);
    to = append<T>(to, v128.load(x + k * sizeof<T>()), places, shuffles);
    place += <usize>lanes * step;
  }
  const whole = <usize>(n & ~(lanes - 1));
  if (!packed) place = whole * step;
  for (let k = whole; k < <usize>n; k++, place += step) {
    to = appendOne<T>(to, load<T>(x + k * sizeof<T>()), place);
  }
  return to;
}

/** A panel of those rows of B that belong to `groups`, and of the last ones. */
@inline
function packGroups<T>(panel: usize, b: usize, stride: usize, width: i32, valid: i32, groups: usize, depth: i32): void {
  const lanes = 16 / <i32>sizeof<T>();
  const end = groups + 4 + (<usize>load<u32>(groups) << 2);
  const bytes = <usize>(lanes * width) * sizeof<T>();
  for (let at = groups + 4; at < end; at += 4, panel += bytes) {
    packAlong<T>(panel, b + <usize>load<u32>(at) * stride, stride, width, valid, lanes);
  }
  const whole = depth & ~(lanes - 1);
  packAlong<T>(panel, b + <usize>whole * stride, stride, width, valid, depth - whole);
}

/** Adds to the list of column c. */
@inline
function appendTo<T>(ends: usize, c: usize, v: v128, places: v128, shuffles: usize): void {
  const end = ends + (c << 2);
  store<u32>(end, <u32>append<T>(load<u32>(end), v, places, shuffles));
}

/** Lists of a column each, `capacity` bytes apart from `lists` on: `rows` rows of `cols` values, ends at `ends`. */
@inline
function listColumns<T>(
  x: usize, stride: usize, rows: i32, cols: i32, step: usize,
  lists: usize, capacity: usize, ends: usize, shuffles: usize, skip: usize,
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
      if (skip && load<u8>(skip + c / lanes)) continue;
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

/**
 * One row's piece of C, `width` vectors (a constant where it is inlined): [C or 0] + Σ value·(row of the panel).
 */
@inline
function strip<T>(list: usize, end: usize, panel: usize, c: usize, fresh: bool, width: i32): void {
  const zero = v128.splat<T>(<T>0);
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero;
  if (!fresh) {
    s0 = v128.load(c);
    if (width > 1) s1 = v128.load(c, 16);
    if (width > 2) s2 = v128.load(c, 32);
    if (width > 3) s3 = v128.load(c, 48);
    if (width > 4) s4 = v128.load(c, 64);
    if (width > 5) s5 = v128.load(c, 80);
  }
  while (list < end) {
    const at = panel + <usize>load<u32>(list);
    const a = v128.load_splat<T>(list, VALUES);
    s0 = v128.add<T>(s0, v128.mul<T>(a, v128.load(at)));
    if (width > 1) s1 = v128.add<T>(s1, v128.mul<T>(a, v128.load(at, 16)));
    if (width > 2) s2 = v128.add<T>(s2, v128.mul<T>(a, v128.load(at, 32)));
    if (width > 3) s3 = v128.add<T>(s3, v128.mul<T>(a, v128.load(at, 48)));
    if (width > 4) s4 = v128.add<T>(s4, v128.mul<T>(a, v128.load(at, 64)));
    if (width > 5) s5 = v128.add<T>(s5, v128.mul<T>(a, v128.load(at, 80)));
    list += sizeof<T>();
  }
  v128.store(c, s0);
  if (width > 1) v128.store(c, s1, 16);
  if (width > 2) v128.store(c, s2, 32);
  if (width > 3) v128.store(c, s3, 48);
  if (width > 4) v128.store(c, s4, 64);
  if (width > 5) v128.store(c, s5, 80);
}

/**
 * The strips of `rows` rows under one panel: lists `capacity` bytes apart, or one behind the other if that is 0; their
 * ends at `ends`.
 */
@inline
function strips<T>(
  lists: usize, capacity: usize, ends: usize, rows: i32, panel: usize, c: usize, cStride: usize, fresh: bool, width: i32,
): void {
  const after = ends + (<usize>rows << 2);
  let list = lists;
  while (ends < after) {
    const end = <usize>load<u32>(ends);
    strip<T>(list, end, panel, c, fresh, width);
    lists += capacity;
    list = capacity ? lists : end;
    c += cStride;
    ends += 4;
  }
}

// Not inlined, so that V8 compiles each hot loop once, alone.
function strips1<T>(
  lists: usize, capacity: usize, ends: usize, rows: i32, panel: usize, c: usize, cStride: usize, fresh: bool,
): void {
  strips<T>(lists, capacity, ends, rows, panel, c, cStride, fresh, 1);
}
function strips2<T>(
  lists: usize, capacity: usize, ends: usize, rows: i32, panel: usize, c: usize, cStride: usize, fresh: bool,
): void {
  strips<T>(lists, capacity, ends, rows, panel, c, cStride, fresh, 2);
}
function strips3<T>(
  lists: usize, capacity: usize, ends: usize, rows: i32, panel: usize, c: usize, cStride: usize, fresh: bool,
): void {
  strips<T>(lists, capacity, ends, rows, panel, c, cStride, fresh, 3);
}
function strips4<T>(
  lists: usize, capacity: usize, ends: usize, rows: i32, panel: usize, c: usize, cStride: usize, fresh: bool,
): void {
  strips<T>(lists, capacity, ends, rows, panel, c, cStride, fresh, 4);
}
function strips5<T>(
  lists: usize, capacity: usize, ends: usize, rows: i32, panel: usize, c: usize, cStride: usize, fresh: bool,
): void {
  strips<T>(lists, capacity, ends, rows, panel, c, cStride, fresh, 5);
}
function strips6<T>(
  lists: usize, capacity: usize, ends: usize, rows: i32, panel: usize, c: usize, cStride: usize, fresh: bool,
): void {
  strips<T>(lists, capacity, ends, rows, panel, c, cStride, fresh, 6);
}

@inline
function runStrips<T>(
  width: i32, lists: usize, capacity: usize, ends: usize, rows: i32, panel: usize, c: usize, cStride: usize, fresh: bool,
): void {
  if (width == 6) strips6<T>(lists, capacity, ends, rows, panel, c, cStride, fresh);
  else if (width == 5) strips5<T>(lists, capacity, ends, rows, panel, c, cStride, fresh);
  else if (width == 4) strips4<T>(lists, capacity, ends, rows, panel, c, cStride, fresh);
  else if (width == 3) strips3<T>(lists, capacity, ends, rows, panel, c, cStride, fresh);
  else if (width == 2) strips2<T>(lists, capacity, ends, rows, panel, c, cStride, fresh);
  else strips1<T>(lists, capacity, ends, rows, panel, c, cStride, fresh);
}

@inline
function copyRows<T>(dst: usize, dstStride: usize, src: usize, srcStride: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++, dst += dstStride, src += srcStride) {
    for (let i: usize = 0; i < <usize>cols * sizeof<T>(); i += sizeof<T>()) store<T>(dst + i, load<T>(src + i));
  }
}

/** As `product` in product.ts, and the same bits. C's rows lie next to each other. */
@inline
export function sparseProduct<T>(
  a: usize, aStride: usize, aByRows: bool, b: usize, bStride: usize, bByRows: bool,
  c: usize, m: i32, n: i32, depth: i32, scratch: usize,
): void {
  sparseProductOf<T>(a, aStride, aByRows, b, bStride, bByRows, c, m, n, depth, 0, 0, true, scratch);
}

/**
 * Over some vectors of A's columns alone. By rows: those in `groups`, if not 0 (depth at most KC). By columns: those
 * without a flag at `skip`, if not 0; the rows of C of the others become 0. `fresh`: C begins at 0.
 */
@inline
export function sparseProductOf<T>(
  a: usize, aStride: usize, aByRows: bool, b: usize, bStride: usize, bByRows: bool,
  c: usize, m: i32, n: i32, depth: i32, groups: usize, skip: usize, begin: bool, scratch: usize,
): void {
  const size = sizeof<T>();
  const lanes = 16 / <i32>size;
  const cStride = <usize>n * size;
  const vectors = (n + lanes - 1) / lanes;
  // As even as possible: no panel is much narrower than the others.
  const panels = (vectors + WIDEST - 1) / WIDEST;
  const widest = (vectors + panels - 1) / panels;
  const pack = !bByRows || (bStride > FAR_APART && m >= PACK_FROM);
  const step = pack ? <usize>widest * 16 : bStride;
  const lists = scratch;
  const capacity: usize = aByRows ? 0 : <usize>KC * size + LIST_PAD;
  const ends = lists + 2 * VALUES;
  const shuffles = ends + <usize>MC * 8;
  const panel = shuffles + SHUFFLES;
  const edge = panel + KC * WIDEST * 16;
  writeShuffles<T>(shuffles);
  for (let kc = 0; kc < depth; kc += KC) {
    const kb = min(KC, depth - kc);
    const fresh = begin && kc == 0;
    for (let ic = 0; ic < m; ic += MC) {
      const mc = min(MC, m - ic);
      if (aByRows) {
        let to = lists;
        for (let i = 0; i < mc; i++) {
          const row = a + <usize>(ic + i) * aStride + <usize>kc * size;
          to = groups ? listGroups<T>(row, groups, kb, step, pack, to, shuffles) : listRow<T>(row, kb, step, to, shuffles);
          store<u32>(ends + (<usize>i << 2), <u32>to);
        }
      } else {
        listColumns<T>(
          a + <usize>kc * aStride + <usize>ic * size, aStride, kb, mc, step, lists, capacity, ends, shuffles,
          skip ? skip + <usize>(ic / lanes) : 0,
        );
      }
      for (let p = 0; p < panels; p++) {
        const from = (p * vectors) / panels;
        const width = ((p + 1) * vectors) / panels - from;
        const col = from * lanes;
        const cols = min(width * lanes, n - col);
        // Not packed, the last panel's surplus lanes read what lies behind B, and are dropped.
        let source = b + <usize>kc * bStride + <usize>col * size;
        if (pack) {
          const all = widest * lanes;
          if (groups) packGroups<T>(panel, source, bStride, all, min(all, n - col), groups, kb);
          else if (bByRows) packAlong<T>(panel, source, bStride, all, min(all, n - col), kb);
          else packAcross<T>(panel, b + <usize>col * bStride + <usize>kc * size, bStride, all, min(all, n - col), kb);
          source = panel;
        }
        const at = c + <usize>ic * cStride + <usize>col * size;
        if (cols == width * lanes) {
          runStrips<T>(width, lists, capacity, ends, mc, source, at, cStride, fresh);
          continue;
        }
        // An edge: whole vectors in scratch, and only the valid part copied out.
        const edgeStride = <usize>width * 16;
        if (!fresh) copyRows<T>(edge, edgeStride, at, cStride, mc, cols);
        runStrips<T>(width, lists, capacity, ends, mc, source, edge, edgeStride, fresh);
        copyRows<T>(at, cStride, edge, edgeStride, mc, cols);
      }
    }
  }
}

/** W ← W − rate·xᵀδ over x's nonzeros, b ← b − rate·δ: one row's whole update. */
@inline
function rank1<T>(x: usize, delta: usize, w: usize, b: usize, inputs: i32, units: i32, rate: T): void {
  const stride = <usize>units * sizeof<T>();
  let k = 0;
  for (; k + 16 <= inputs; k += 16, x += 16 * sizeof<T>()) {
    for (let bits = mask16<T>(x); bits != 0; bits &= bits - 1) {
      const i = <usize>ctz(bits);
      subtractRow<T>(w + (<usize>k + i) * stride, stride, delta, load<T>(x + i * sizeof<T>()), rate);
    }
  }
  for (; k < inputs; k++, x += sizeof<T>()) {
    const value = load<T>(x);
    if (value != <T>0) subtractRow<T>(w + <usize>k * stride, stride, delta, value, rate);
  }
  subtractRow<T>(b, stride, delta, <T>1, rate);
}

/** row ← row − rate·(value·δ). */
@inline
function subtractRow<T>(row: usize, bytes: usize, delta: usize, value: T, rate: T): void {
  const values = v128.splat<T>(value);
  const rates = v128.splat<T>(rate);
  const end = row + bytes;
  const vectorEnd = row + (bytes & ~15);
  const fourEnd = row + (bytes & ~63);
  for (; row < fourEnd; row += 64, delta += 64) {
    subtract<T>(row, delta, values, rates);
    subtract<T>(row + 16, delta + 16, values, rates);
    subtract<T>(row + 32, delta + 32, values, rates);
    subtract<T>(row + 48, delta + 48, values, rates);
  }
  for (; row < vectorEnd; row += 16, delta += 16) subtract<T>(row, delta, values, rates);
  for (; row < end; row += sizeof<T>(), delta += sizeof<T>()) {
    store<T>(row, <T>(load<T>(row) - <T>(rate * <T>(value * load<T>(delta)))));
  }
}

@inline
function subtract<T>(row: usize, delta: usize, values: v128, rates: v128): void {
  const g = v128.mul<T>(values, v128.load(delta));
  v128.store(row, v128.sub<T>(v128.load(row), v128.mul<T>(rates, g)));
}

export function sgd_rank1_step_f32(
  x: usize, delta: usize, w: usize, b: usize, inputs: i32, units: i32, rate: f32,
): void {
  rank1<f32>(x, delta, w, b, inputs, units, rate);
}
export function sgd_rank1_step_f64(
  x: usize, delta: usize, w: usize, b: usize, inputs: i32, units: i32, rate: f64,
): void {
  rank1<f64>(x, delta, w, b, inputs, units, rate);
}
