/**
 * The blocked matrix product C = A·B, built as in Goto and van de Geijn (2008): blocks of B and A are packed
 * into panels that stay in cache, and a micro-kernel of 4 rows × 2 vectors keeps its sums in registers.
 * Each sum runs k = 0, 1, 2, … from +0 whatever the blocking (a later block of k continues from the stored
 * sum), so an element's bits depend on its row and column alone.
 */
import { packAcross, packAlong } from './pack';

/** Rows of a micro-tile; with 2 vectors of columns its 8 sums, 2 of B and 1 of A fit 16 registers. */
const MR = 4;
/** Block of rows, of depth, of columns: A's block (96×256) and B's (256×256) stay in the second-level cache. */
const MC = 96;
const KC = 256;
const NC = 256;

/** Bytes of scratch: both packed blocks, and one edge tile with its bias. */
export function product_scratch_bytes(): usize {
  return (MC * KC + KC * NC + MR * 8 + 8) * 8;
}

/**
 * One tile: C (4 × 2 vectors, rows cStride apart) = [C or 0] + Σ_k a·b, plus the bias vectors at `bias` if not 0.
 * A plain loop on purpose: V8 keeps all of it in registers, and spills when it is unrolled.
 */
@inline
function tile<T>(pa: usize, pb: usize, depth: i32, c: usize, cStride: usize, fresh: bool, bias: usize): void {
  const c1 = c + cStride;
  const c2 = c1 + cStride;
  const c3 = c2 + cStride;
  const zero = v128.splat<T>(<T>0);
  let s00 = zero, s01 = zero, s10 = zero, s11 = zero, s20 = zero, s21 = zero, s30 = zero, s31 = zero;
  if (!fresh) {
    s00 = v128.load(c);
    s01 = v128.load(c, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
  }
  const end = pb + (<usize>depth << 5);
  while (pb < end) {
    const b0 = v128.load(pb);
    const b1 = v128.load(pb, 16);
    const a0 = v128.load_splat<T>(pa);
    s00 = v128.add<T>(s00, v128.mul<T>(a0, b0));
    s01 = v128.add<T>(s01, v128.mul<T>(a0, b1));
    const a1 = v128.load_splat<T>(pa, sizeof<T>());
    s10 = v128.add<T>(s10, v128.mul<T>(a1, b0));
    s11 = v128.add<T>(s11, v128.mul<T>(a1, b1));
    const a2 = v128.load_splat<T>(pa, 2 * sizeof<T>());
    s20 = v128.add<T>(s20, v128.mul<T>(a2, b0));
    s21 = v128.add<T>(s21, v128.mul<T>(a2, b1));
    const a3 = v128.load_splat<T>(pa, 3 * sizeof<T>());
    s30 = v128.add<T>(s30, v128.mul<T>(a3, b0));
    s31 = v128.add<T>(s31, v128.mul<T>(a3, b1));
    pa += MR * sizeof<T>();
    pb += 32;
  }
  if (bias) {
    const bias0 = v128.load(bias);
    const bias1 = v128.load(bias, 16);
    s00 = v128.add<T>(s00, bias0);
    s01 = v128.add<T>(s01, bias1);
    s10 = v128.add<T>(s10, bias0);
    s11 = v128.add<T>(s11, bias1);
    s20 = v128.add<T>(s20, bias0);
    s21 = v128.add<T>(s21, bias1);
    s30 = v128.add<T>(s30, bias0);
    s31 = v128.add<T>(s31, bias1);
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

// Not inlined, so that V8 compiles the hot loop once, alone.
function tile_f32(pa: usize, pb: usize, depth: i32, c: usize, cStride: usize, fresh: bool, bias: usize): void {
  tile<f32>(pa, pb, depth, c, cStride, fresh, bias);
}
function tile_f64(pa: usize, pb: usize, depth: i32, c: usize, cStride: usize, fresh: bool, bias: usize): void {
  tile<f64>(pa, pb, depth, c, cStride, fresh, bias);
}

@inline
function copyTile<T>(dst: usize, dstStride: usize, src: usize, srcStride: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++, dst += dstStride, src += srcStride) {
    for (let i: usize = 0; i < <usize>cols * sizeof<T>(); i += sizeof<T>()) store<T>(dst + i, load<T>(src + i));
  }
}

@inline
function runTile<T>(pa: usize, pb: usize, depth: i32, c: usize, cStride: usize, fresh: bool, bias: usize): void {
  if (sizeof<T>() == 4) tile_f32(pa, pb, depth, c, cStride, fresh, bias);
  else tile_f64(pa, pb, depth, c, cStride, fresh, bias);
}

/**
 * C (m×n, rows next to each other) = A·B + bias (bias 0: none).
 * A's element (i, k) is at a + i·aStride + k·value if `aByRows`, else at a + k·aStride + i·value;
 * B's element (k, j) is at b + k·bStride + j·value if `bByRows`, else at b + j·bStride + k·value.
 */
@inline
export function product<T>(
  a: usize, aStride: usize, aByRows: bool, b: usize, bStride: usize, bByRows: bool,
  c: usize, bias: usize, m: i32, n: i32, depth: i32, scratch: usize,
): void {
  const NR = 32 / sizeof<T>();
  const packedA = scratch;
  const packedB = packedA + MC * KC * sizeof<T>();
  const edge = packedB + KC * NC * sizeof<T>();
  const edgeBias = edge + MR * 32;
  const cStride = <usize>n * sizeof<T>();
  for (let jc = 0; jc < n; jc += NC) {
    const nc = min(NC, n - jc);
    for (let kc = 0; kc < depth; kc += KC) {
      const kb = min(KC, depth - kc);
      const fresh = kc == 0;
      const withBias = bias != 0 && kc + kb == depth;
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
          const tileBias = withBias ? bias + <usize>(jc + j) * sizeof<T>() : 0;
          for (let i = 0; i < mc; i += MR) {
            const pa = packedA + <usize>(i * kb) * sizeof<T>();
            const at = c + <usize>(ic + i) * cStride + <usize>(jc + j) * sizeof<T>();
            const rows = min(MR, mc - i);
            if (rows == MR && cols == NR) {
              runTile<T>(pa, pb, kb, at, cStride, fresh, tileBias);
              continue;
            }
            // An edge: the same tile, computed whole in scratch, and only its valid part copied out.
            if (!fresh) copyTile<T>(edge, 32, at, cStride, rows, cols);
            if (withBias) copyTile<T>(edgeBias, 32, tileBias, 0, 1, cols);
            runTile<T>(pa, pb, kb, edge, 32, fresh, withBias ? edgeBias : 0);
            copyTile<T>(at, cStride, edge, 32, rows, cols);
          }
        }
      }
    }
  }
}
