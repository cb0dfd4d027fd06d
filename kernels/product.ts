/**
 * The blocked matrix product C = A·B, built as in Goto and van de Geijn (2008): blocks of B and A are packed
 * into panels that stay in cache, and a micro-kernel of 5 rows × 2 vectors keeps its sums in registers.
 * Each sum runs k = 0, 1, 2, … from +0 whatever the blocking (a later block of k continues from the stored
 * sum), so an element's bits depend on its row and column alone.
 */
import { packAcross, packAlong } from './pack';
import { madd } from './vector';

/** Rows of a micro-tile; with 2 vectors of columns its 10 sums, 2 of B, 1 of A and a product fit V8's 15 registers. */
const MR = 5;
/** Block of rows, of depth, of columns: A's block (100×256) and B's (256×256) stay in the second-level cache. */
const MC = 100;
const KC = 256;
const NC = 256;

/** Bytes of scratch: both packed blocks, and one edge tile. */
export const PRODUCT_SCRATCH: usize = (MC * KC + KC * NC + MR * 8) * 8;

/**
 * One tile: C (`rows` × 2 vectors, rows cStride apart) = [C or 0] + Σ_k a·b; `rows`, 1 to 5, is a
 * constant where it is inlined. A plain loop and nothing after it on purpose: unrolled, or with a bias added at the
 * end, V8 loads more values ahead than it has registers for, at half the speed.
 */
@inline
function tile<T>(
  pa: usize, pb: usize, depth: i32, c: usize, cStride: usize, fresh: bool, rows: i32,
): void {
  const size = sizeof<T>();
  const c1 = c + cStride;
  const c2 = c1 + cStride;
  const c3 = c2 + cStride;
  const c4 = c3 + cStride;
  const zero = v128.splat<T>(<T>0);
  let s00 = zero, s01 = zero, s10 = zero, s11 = zero, s20 = zero, s21 = zero, s30 = zero, s31 = zero;
  let s40 = zero, s41 = zero;
  if (!fresh) {
    s00 = v128.load(c);
    s01 = v128.load(c, 16);
    if (rows > 1) {
      s10 = v128.load(c1);
      s11 = v128.load(c1, 16);
    }
    if (rows > 2) {
      s20 = v128.load(c2);
      s21 = v128.load(c2, 16);
    }
    if (rows > 3) {
      s30 = v128.load(c3);
      s31 = v128.load(c3, 16);
    }
    if (rows > 4) {
      s40 = v128.load(c4);
      s41 = v128.load(c4, 16);
    }
  }
  const end = pb + (<usize>depth << 5);
  while (pb < end) {
    const b0 = v128.load(pb);
    const b1 = v128.load(pb, 16);
    const a0 = v128.load_splat<T>(pa);
    s00 = madd<T>(a0, b0, s00);
    s01 = madd<T>(a0, b1, s01);
    if (rows > 1) {
      const a1 = v128.load_splat<T>(pa, size);
      s10 = madd<T>(a1, b0, s10);
      s11 = madd<T>(a1, b1, s11);
    }
    if (rows > 2) {
      const a2 = v128.load_splat<T>(pa, 2 * size);
      s20 = madd<T>(a2, b0, s20);
      s21 = madd<T>(a2, b1, s21);
    }
    if (rows > 3) {
      const a3 = v128.load_splat<T>(pa, 3 * size);
      s30 = madd<T>(a3, b0, s30);
      s31 = madd<T>(a3, b1, s31);
    }
    if (rows > 4) {
      const a4 = v128.load_splat<T>(pa, 4 * size);
      s40 = madd<T>(a4, b0, s40);
      s41 = madd<T>(a4, b1, s41);
    }
    pa += <usize>MR * size;
    pb += 32;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  if (rows > 1) {
    v128.store(c1, s10);
    v128.store(c1, s11, 16);
  }
  if (rows > 2) {
    v128.store(c2, s20);
    v128.store(c2, s21, 16);
  }
  if (rows > 3) {
    v128.store(c3, s30);
    v128.store(c3, s31, 16);
  }
  if (rows > 4) {
    v128.store(c4, s40);
    v128.store(c4, s41, 16);
  }
}

// Not inlined, so that V8 compiles each hot loop once, alone.
function tile1<T>(pa: usize, pb: usize, depth: i32, c: usize, cStride: usize, fresh: bool): void {
  tile<T>(pa, pb, depth, c, cStride, fresh, 1);
}
function tile2<T>(pa: usize, pb: usize, depth: i32, c: usize, cStride: usize, fresh: bool): void {
  tile<T>(pa, pb, depth, c, cStride, fresh, 2);
}
function tile3<T>(pa: usize, pb: usize, depth: i32, c: usize, cStride: usize, fresh: bool): void {
  tile<T>(pa, pb, depth, c, cStride, fresh, 3);
}
function tile4<T>(pa: usize, pb: usize, depth: i32, c: usize, cStride: usize, fresh: bool): void {
  tile<T>(pa, pb, depth, c, cStride, fresh, 4);
}
function tile5<T>(pa: usize, pb: usize, depth: i32, c: usize, cStride: usize, fresh: bool): void {
  tile<T>(pa, pb, depth, c, cStride, fresh, 5);
}

@inline
function copyTile<T>(dst: usize, dstStride: usize, src: usize, srcStride: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++, dst += dstStride, src += srcStride) {
    for (let i: usize = 0; i < <usize>cols * sizeof<T>(); i += sizeof<T>()) store<T>(dst + i, load<T>(src + i));
  }
}

@inline
function runTile<T>(
  rows: i32, pa: usize, pb: usize, depth: i32, c: usize, cStride: usize, fresh: bool,
): void {
  if (rows == 5) tile5<T>(pa, pb, depth, c, cStride, fresh);
  else if (rows == 4) tile4<T>(pa, pb, depth, c, cStride, fresh);
  else if (rows == 3) tile3<T>(pa, pb, depth, c, cStride, fresh);
  else if (rows == 2) tile2<T>(pa, pb, depth, c, cStride, fresh);
  else tile1<T>(pa, pb, depth, c, cStride, fresh);
}

/**
 * C (m×n, rows next to each other) = A·B.
 * A's element (i, k) is at a + i·aStride + k·value if `aByRows`, else at a + k·aStride + i·value;
 * B's element (k, j) is at b + k·bStride + j·value if `bByRows`, else at b + j·bStride + k·value.
 */
@inline
export function product<T>(
  a: usize, aStride: usize, aByRows: bool, b: usize, bStride: usize, bByRows: bool,
  c: usize, m: i32, n: i32, depth: i32, scratch: usize,
): void {
  const NR = 32 / sizeof<T>();
  const packedA = scratch;
  const packedB = packedA + MC * KC * sizeof<T>();
  const edge = packedB + KC * NC * sizeof<T>();
  const cStride = <usize>n * sizeof<T>();
  for (let jc = 0; jc < n; jc += NC) {
    const nc = min(NC, n - jc);
    for (let kc = 0; kc < depth; kc += KC) {
      const kb = min(KC, depth - kc);
      const fresh = kc == 0;
      for (let j = 0; j < nc; j += NR) {
        const to = packedB + <usize>(j * kb) * sizeof<T>();
        const valid = min(NR, nc - j);
        if (bByRows) packAlong<T>(to, b + <usize>kc * bStride + <usize>(jc + j) * sizeof<T>(), bStride, NR, valid, kb);
        else packAcross<T>(to, b + <usize>(jc + j) * bStride + <usize>kc * sizeof<T>(), bStride, NR, valid, kb);
      }
      for (let ic = 0; ic < m; ic += MC) {
        const mc = min(MC, m - ic);
        for (let i = 0; i < mc; i += MR) {
          const to = packedA + <usize>(i * kb) * sizeof<T>();
          const valid = min(MR, mc - i);
          if (aByRows) packAcross<T>(to, a + <usize>(ic + i) * aStride + <usize>kc * sizeof<T>(), aStride, MR, valid, kb);
          else packAlong<T>(to, a + <usize>kc * aStride + <usize>(ic + i) * sizeof<T>(), aStride, MR, valid, kb);
        }
        for (let j = 0; j < nc; j += NR) {
          const pb = packedB + <usize>(j * kb) * sizeof<T>();
          const cols = min(NR, nc - j);
          for (let i = 0; i < mc; i += MR) {
            const pa = packedA + <usize>(i * kb) * sizeof<T>();
            const at = c + <usize>(ic + i) * cStride + <usize>(jc + j) * sizeof<T>();
            const rows = min(MR, mc - i);
            if (cols == NR) {
              runTile<T>(rows, pa, pb, kb, at, cStride, fresh);
              continue;
            }
            // An edge: the same tile, computed in scratch, and only its valid part copied out.
            if (!fresh) copyTile<T>(edge, 32, at, cStride, rows, cols);
            runTile<T>(rows, pa, pb, kb, edge, 32, fresh);
            copyTile<T>(at, cStride, edge, 32, rows, cols);
          }
        }
      }
    }
  }
}
