/**
 * The three products of a dense layer. Every sum runs in index order from +0, then + 0, the bias last, whether the
 * product visits all values or the nonzero ones only: see product.ts and sparse.ts. A sum of fused products may become −0
 * where one of them underflows; + 0 makes +0 of it, as it is where that one's factor was 0 and left out.
 */
import { isSparse } from './lists';
import { product, PRODUCT_SCRATCH } from './product';
import { SPARSE_SCRATCH, sparseProduct } from './sparse';
import { lanes, madd, maddOne, read, write } from './vector';

/** Below this share of nonzeros visiting them alone is faster than the blocked product (`npm run bench -- kernels`). */
const SPARSE_PAYS: f64 = 0.6;

/** Bytes of scratch that any of the products here may use. */
export function dense_scratch_bytes(): usize {
  return max(PRODUCT_SCRATCH, SPARSE_SCRATCH);
}

/** U = X·W + b. */
@inline
function forward<T>(
  x: usize, w: usize, b: usize, u: usize, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  const size = sizeof<T>();
  const xStride = <usize>inputs * size;
  const wStride = <usize>units * size;
  if (rows == 1 || isSparse<T>(x, xStride, rows, inputs, SPARSE_PAYS)) {
    sparseProduct<T>(x, xStride, true, w, wStride, true, u, rows, units, inputs, scratch);
  } else {
    product<T>(x, xStride, true, w, wStride, true, u, rows, units, inputs, scratch);
  }
  addBiases<T>(u, b, rows, units);
}

/** x ← x + 0, `n` values: sums that became −0 are +0. Where products are rounded before they are added none does. */
@inline
function settle<T>(x: usize, n: i32): void {
  if (!ASC_FEATURE_RELAXED_SIMD) return;
  const zero = v128.splat<T>(<T>0);
  for (let left = n; left > 0; left -= lanes<T>(), x += 16) write<T>(x, v128.add<T>(read<T>(x, left), zero), left);
}

/** Each row of U plus 0 and b. */
@inline
function addBiases<T>(u: usize, b: usize, rows: i32, units: i32): void {
  const bytes = <usize>units * sizeof<T>();
  const vectorBytes = bytes & ~15;
  const tail = <i32>((bytes & 15) / sizeof<T>());
  const zero = v128.splat<T>(<T>0);
  for (let r = 0; r < rows; r++, u += bytes) {
    for (let i: usize = 0; i < vectorBytes; i += 16) {
      v128.store(u + i, v128.add<T>(v128.add<T>(v128.load(u + i), zero), v128.load(b + i)));
    }
    if (tail == 0) continue;
    const last = u + vectorBytes;
    const sums = v128.add<T>(read<T>(last, tail), zero);
    write<T>(last, v128.add<T>(sums, read<T>(b + vectorBytes, tail)), tail);
  }
}

export function dense_forward_f32(
  x: usize, w: usize, b: usize, u: usize, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  forward<f32>(x, w, b, u, rows, inputs, units, scratch);
}
export function dense_forward_f64(
  x: usize, w: usize, b: usize, u: usize, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  forward<f64>(x, w, b, u, rows, inputs, units, scratch);
}

/**
 * dX = δ·Wᵀ for one row: some rows of W at a time, transposed in registers so that each sum keeps index order. A
 * packed product would move all of W for a single use of it. Four sums side by side, since each waits for its last
 * addition.
 */
@inline
function backwardRow<T>(delta: usize, w: usize, dx: usize, inputs: i32, units: i32): void {
  const size = sizeof<T>();
  const lanes = 16 / <i32>size;
  const stride = <usize>units * size;
  const block = <usize>lanes * stride;
  const vectorUnits = units & ~(lanes - 1);
  let i = 0;
  for (; i + 4 * lanes <= inputs; i += 4 * lanes) {
    let s0 = v128.splat<T>(<T>0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let at = w;
    let o = 0;
    for (; o < vectorUnits; o += lanes, at += 16) {
      const d = delta + <usize>o * size;
      if (size == 4) {
        const d0 = v128.load_splat<T>(d);
        const d1 = v128.load_splat<T>(d, 4);
        const d2 = v128.load_splat<T>(d, 8);
        const d3 = v128.load_splat<T>(d, 12);
        s0 = four(s0, at, stride, d0, d1, d2, d3);
        s1 = four(s1, at + block, stride, d0, d1, d2, d3);
        s2 = four(s2, at + 2 * block, stride, d0, d1, d2, d3);
        s3 = four(s3, at + 3 * block, stride, d0, d1, d2, d3);
      } else {
        const d0 = v128.load_splat<T>(d);
        const d1 = v128.load_splat<T>(d, 8);
        s0 = two(s0, at, stride, d0, d1);
        s1 = two(s1, at + block, stride, d0, d1);
        s2 = two(s2, at + 2 * block, stride, d0, d1);
        s3 = two(s3, at + 3 * block, stride, d0, d1);
      }
    }
    v128.store(dx, s0);
    v128.store(dx, s1, 16);
    v128.store(dx, s2, 32);
    v128.store(dx, s3, 48);
    for (; o < units; o++, at += size) {
      const d = load<T>(delta + <usize>o * size);
      for (let l: usize = 0; l < 4 * lanes; l++) {
        store<T>(dx + l * size, maddOne<T>(d, load<T>(at + l * stride), load<T>(dx + l * size)));
      }
    }
    dx += 64;
    w += 4 * block;
  }
  for (; i + lanes <= inputs; i += lanes, dx += 16, w += block) {
    let s0 = v128.splat<T>(<T>0);
    let at = w;
    let o = 0;
    for (; o < vectorUnits; o += lanes, at += 16) {
      const d = delta + <usize>o * size;
      const d0 = v128.load_splat<T>(d);
      const d1 = v128.load_splat<T>(d, size);
      if (size == 4) s0 = four(s0, at, stride, d0, d1, v128.load_splat<T>(d, 8), v128.load_splat<T>(d, 12));
      else s0 = two(s0, at, stride, d0, d1);
    }
    v128.store(dx, s0);
    for (; o < units; o++, at += size) {
      const d = load<T>(delta + <usize>o * size);
      for (let l: usize = 0; l < <usize>lanes; l++) {
        store<T>(dx + l * size, maddOne<T>(d, load<T>(at + l * stride), load<T>(dx + l * size)));
      }
    }
  }
  for (; i < inputs; i++, dx += size, w += stride) {
    let sum: T = 0;
    for (let o: usize = 0; o < <usize>units * size; o += size) {
      sum = maddOne<T>(load<T>(delta + o), load<T>(w + o), sum);
    }
    store<T>(dx, sum);
  }
}

/** s + Σ_o d_o·(column o of the 4×4 block at `at`), o in order. */
@inline
function four(s: v128, at: usize, stride: usize, d0: v128, d1: v128, d2: v128, d3: v128): v128 {
  const r0 = v128.load(at);
  const r1 = v128.load(at + stride);
  const r2 = v128.load(at + 2 * stride);
  const r3 = v128.load(at + 3 * stride);
  const a = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  s = madd<f32>(d0, v128.shuffle<i32>(a, b, 0, 1, 4, 5), s);
  s = madd<f32>(d1, v128.shuffle<i32>(a, b, 2, 3, 6, 7), s);
  const c = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const d = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  s = madd<f32>(d2, v128.shuffle<i32>(c, d, 0, 1, 4, 5), s);
  return madd<f32>(d3, v128.shuffle<i32>(c, d, 2, 3, 6, 7), s);
}

@inline
function two(s: v128, at: usize, stride: usize, d0: v128, d1: v128): v128 {
  const r0 = v128.load(at);
  const r1 = v128.load(at + stride);
  s = madd<f64>(d0, v128.shuffle<i64>(r0, r1, 0, 2), s);
  return madd<f64>(d1, v128.shuffle<i64>(r0, r1, 1, 3), s);
}

/** dX = Δ·Wᵀ. */
@inline
function backwardInput<T>(
  delta: usize, w: usize, dx: usize, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  const stride = <usize>units * sizeof<T>();
  if (rows == 1) {
    backwardRow<T>(delta, w, dx, inputs, units);
  } else if (isSparse<T>(delta, stride, rows, units, SPARSE_PAYS)) {
    sparseProduct<T>(delta, stride, true, w, stride, false, dx, rows, inputs, units, scratch);
  } else {
    product<T>(delta, stride, true, w, stride, false, dx, rows, inputs, units, scratch);
  }
  settle<T>(dx, rows * inputs);
}

export function dense_backward_input_f32(
  delta: usize, w: usize, dx: usize, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  backwardInput<f32>(delta, w, dx, rows, inputs, units, scratch);
}
export function dense_backward_input_f64(
  delta: usize, w: usize, dx: usize, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  backwardInput<f64>(delta, w, dx, rows, inputs, units, scratch);
}

/** dW = XᵀΔ for `count` of the inputs from `first` on: that many rows of dW, the first at `dw`. */
@inline
function backwardWeights<T>(
  x: usize, delta: usize, dw: usize, rows: i32, inputs: i32, units: i32, first: i32, count: i32, scratch: usize,
): void {
  const size = sizeof<T>();
  const xStride = <usize>inputs * size;
  const stride = <usize>units * size;
  x += <usize>first * size;
  if (isSparse<T>(x, xStride, rows, count, SPARSE_PAYS)) {
    sparseProduct<T>(x, xStride, false, delta, stride, true, dw, count, units, rows, scratch);
  } else {
    product<T>(x, xStride, false, delta, stride, true, dw, count, units, rows, scratch);
  }
  settle<T>(dw, count * units);
}

export function dense_backward_weights_f32(
  x: usize, delta: usize, dw: usize, rows: i32, inputs: i32, units: i32, first: i32, count: i32, scratch: usize,
): void {
  backwardWeights<f32>(x, delta, dw, rows, inputs, units, first, count, scratch);
}
export function dense_backward_weights_f64(
  x: usize, delta: usize, dw: usize, rows: i32, inputs: i32, units: i32, first: i32, count: i32, scratch: usize,
): void {
  backwardWeights<f64>(x, delta, dw, rows, inputs, units, first, count, scratch);
}

/** db = Σ rows of Δ, in row order. */
@inline
function backwardBiases<T>(delta: usize, db: usize, rows: i32, units: i32): void {
  const stride = <usize>units * sizeof<T>();
  const vectorBytes = stride & ~15;
  memory.fill(db, 0, stride);
  for (let r = 0; r < rows; r++, delta += stride) {
    let i: usize = 0;
    for (; i < vectorBytes; i += 16) v128.store(db + i, v128.add<T>(v128.load(db + i), v128.load(delta + i)));
    for (; i < stride; i += sizeof<T>()) store<T>(db + i, <T>(load<T>(db + i) + load<T>(delta + i)));
  }
}

export function dense_backward_biases_f32(delta: usize, db: usize, rows: i32, units: i32): void {
  backwardBiases<f32>(delta, db, rows, units);
}
export function dense_backward_biases_f64(delta: usize, db: usize, rows: i32, units: i32): void {
  backwardBiases<f64>(delta, db, rows, units);
}
