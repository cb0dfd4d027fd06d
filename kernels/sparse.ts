/**
 * Products that visit only the nonzero values of their left factor. Skipping a = ±0 changes no bit of a sum that
 * starts from +0 (a·b is then ±0, and s + ±0 = s unless s has become −0 by underflow, of which the callers make +0), as
 * long as the other factor is finite.
 *
 * C (m×n) = A·B, cut as the dense product is: a block of A becomes lists of its nonzeros (lists.ts), a panel of B of
 * up to 6 vectors' width is packed, and each row of C keeps its sums in registers while its list runs by. Each
 * sum still runs k = 0, 1, 2, …
 */
import { KC, LIST_PAD, listColumns, listRow, MC, SHUFFLES, VALUES, writeShuffles } from './lists';
import { packAcross, packAlong } from './pack';
import { madd } from './vector';

/** Vectors a panel is wide at most. More sums than 6 do not stay in V8's registers. */
const WIDEST = 6;
/**
 * Packing a panel pays from so many rows on, where B's rows lie so many bytes apart that they compete for the same
 * places in the cache.
 */
const PACK_FROM = 96;
const FAR_APART: usize = 512;
/** Bytes of scratch: the lists, their ends, the shuffles, a panel, an edge. */
export const SPARSE_SCRATCH: usize =
  2 * VALUES + <usize>MC * 8 + SHUFFLES + <usize>KC * WIDEST * 16 + <usize>MC * WIDEST * 16;

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
    s0 = madd<T>(a, v128.load(at), s0);
    if (width > 1) s1 = madd<T>(a, v128.load(at, 16), s1);
    if (width > 2) s2 = madd<T>(a, v128.load(at, 32), s2);
    if (width > 3) s3 = madd<T>(a, v128.load(at, 48), s3);
    if (width > 4) s4 = madd<T>(a, v128.load(at, 64), s4);
    if (width > 5) s5 = madd<T>(a, v128.load(at, 80), s5);
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
 * The strips of `rows` rows under one panel: lists `capacity` bytes apart, or one after the other if that is 0; their
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
    const fresh = kc == 0;
    for (let ic = 0; ic < m; ic += MC) {
      const mc = min(MC, m - ic);
      if (aByRows) {
        let to = lists;
        for (let i = 0; i < mc; i++) {
          const row = a + <usize>(ic + i) * aStride + <usize>kc * size;
          to = listRow<T>(row, kb, step, to, shuffles);
          store<u32>(ends + (<usize>i << 2), <u32>to);
        }
      } else {
        listColumns<T>(
          a + <usize>kc * aStride + <usize>ic * size, aStride, kb, mc, step, lists, capacity, ends, shuffles,
        );
      }
      for (let p = 0; p < panels; p++) {
        const from = (p * vectors) / panels;
        const width = ((p + 1) * vectors) / panels - from;
        const col = from * lanes;
        const cols = min(width * lanes, n - col);
        // Not packed, the last panel's surplus lanes read what lies past the end of B, and are dropped.
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
