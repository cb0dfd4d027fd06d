/**
 * Products that visit only the nonzero values of their left factor. Skipping a = ±0 changes no bit of a sum that
 * starts from +0 (a·b is then ±0, and s + ±0 = s), as long as the other factor is finite.
 *
 * C (m×n) = A·B, cut as the dense product is: a block of A becomes lists of its nonzeros, a panel of B of
 * up to 6 vectors' width is packed, and each row of C keeps its sums in registers while its list runs by. Each
 * sum still runs k = 0, 1, 2, …
 *
 * An entry of a list: uint32 bytes from the panel's start to row k of the panel; the value.
 */
import { packAcross, packAlong } from './pack';

/** Block of rows and of depth: their lists, at worst all of it, stay within 1 MiB (float64: 2). */
const MC = 128;
const KC = 1024;
/** Vectors a panel is wide at most. More sums than 6 do not stay in V8's registers. */
const WIDEST = 6;
/** Rows from which on packing a panel costs less than it saves, where B's rows lie far apart and where not (bytes). */
const PACK_FROM = 6;
const PACK_NARROW_FROM = 96;
const NARROW: usize = 512;
/** Lists of columns begin one cache line off a power of two, so that they do not share a cache set. */
const LIST_PAD = 64;

/** Bytes of scratch: the lists, their ends, a panel, an edge. */
export const SPARSE_SCRATCH: usize =
  <usize>MC * (<usize>KC * 16 + LIST_PAD) + <usize>MC * 8 + <usize>KC * WIDEST * 16 + <usize>MC * WIDEST * 16;

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

/** Adds an entry at `to`, returns the place for the next. */
@inline
function entry<T>(to: usize, offset: usize, x: usize): usize {
  store<u32>(to, <u32>offset);
  store<T>(to, load<T>(x), sizeof<T>());
  return to + 2 * sizeof<T>();
}

/** Lists of a row each, one behind the other: n values at x, the k-th being k·step bytes into the panel. */
@inline
function listRow<T>(x: usize, n: i32, step: usize, to: usize): usize {
  let k = 0;
  for (; k + 16 <= n; k += 16, x += 16 * sizeof<T>()) {
    for (let bits = mask16<T>(x); bits != 0; bits &= bits - 1) {
      const i = <usize>ctz(bits);
      to = entry<T>(to, (<usize>k + i) * step, x + i * sizeof<T>());
    }
  }
  for (; k < n; k++, x += sizeof<T>()) if (load<T>(x) != <T>0) to = entry<T>(to, <usize>k * step, x);
  return to;
}

/** Lists of a column each, `capacity` bytes apart from `lists` on: `rows` rows of `cols` values, ends at `ends`. */
@inline
function listColumns<T>(
  x: usize, stride: usize, rows: i32, cols: i32, step: usize, lists: usize, capacity: usize, ends: usize,
): void {
  for (let c: usize = 0; c < <usize>cols; c++) store<u32>(ends + (c << 2), <u32>(lists + c * capacity));
  for (let r = 0; r < rows; r++, x += stride) {
    const offset = <usize>r * step;
    let at = x;
    let c: usize = 0;
    for (; c + 16 <= <usize>cols; c += 16, at += 16 * sizeof<T>()) {
      for (let bits = mask16<T>(at); bits != 0; bits &= bits - 1) {
        const i = <usize>ctz(bits);
        const end = ends + ((c + i) << 2);
        store<u32>(end, <u32>entry<T>(load<u32>(end), offset, at + i * sizeof<T>()));
      }
    }
    for (; c < <usize>cols; c++, at += sizeof<T>()) {
      const end = ends + (c << 2);
      if (load<T>(at) != <T>0) store<u32>(end, <u32>entry<T>(load<u32>(end), offset, at));
    }
  }
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
    const a = v128.load_splat<T>(list, sizeof<T>());
    s0 = v128.add<T>(s0, v128.mul<T>(a, v128.load(at)));
    if (width > 1) s1 = v128.add<T>(s1, v128.mul<T>(a, v128.load(at, 16)));
    if (width > 2) s2 = v128.add<T>(s2, v128.mul<T>(a, v128.load(at, 32)));
    if (width > 3) s3 = v128.add<T>(s3, v128.mul<T>(a, v128.load(at, 48)));
    if (width > 4) s4 = v128.add<T>(s4, v128.mul<T>(a, v128.load(at, 64)));
    if (width > 5) s5 = v128.add<T>(s5, v128.mul<T>(a, v128.load(at, 80)));
    list += 2 * sizeof<T>();
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
  const size = sizeof<T>();
  const lanes = 16 / <i32>size;
  const cStride = <usize>n * size;
  const vectors = (n + lanes - 1) / lanes;
  // As even as possible: no panel is much narrower than the others.
  const panels = (vectors + WIDEST - 1) / WIDEST;
  const widest = (vectors + panels - 1) / panels;
  const pack = !bByRows || m >= (bStride <= NARROW ? PACK_NARROW_FROM : PACK_FROM);
  const step = pack ? <usize>widest * 16 : bStride;
  const lists = scratch;
  const capacity: usize = aByRows ? 0 : <usize>KC * 2 * size + LIST_PAD;
  const ends = lists + <usize>MC * (<usize>KC * 16 + LIST_PAD);
  const panel = ends + <usize>MC * 8;
  const edge = panel + KC * WIDEST * 16;
  for (let kc = 0; kc < depth; kc += KC) {
    const kb = min(KC, depth - kc);
    const fresh = kc == 0;
    for (let ic = 0; ic < m; ic += MC) {
      const mc = min(MC, m - ic);
      if (aByRows) {
        let to = lists;
        for (let i = 0; i < mc; i++) {
          to = listRow<T>(a + <usize>(ic + i) * aStride + <usize>kc * size, kb, step, to);
          store<u32>(ends + (<usize>i << 2), <u32>to);
        }
      } else {
        listColumns<T>(
          a + <usize>kc * aStride + <usize>ic * size, aStride, kb, mc, step, lists, capacity, ends,
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
          if (bByRows) packAlong<T>(panel, source, bStride, all, min(all, n - col), kb);
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
  const vectorEnd = row + (bytes & ~15);
  const end = row + bytes;
  for (; row < vectorEnd; row += 16, delta += 16) {
    const g = v128.mul<T>(values, v128.load(delta));
    v128.store(row, v128.sub<T>(v128.load(row), v128.mul<T>(rates, g)));
  }
  for (; row < end; row += sizeof<T>(), delta += sizeof<T>()) {
    store<T>(row, <T>(load<T>(row) - <T>(rate * <T>(value * load<T>(delta)))));
  }
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
