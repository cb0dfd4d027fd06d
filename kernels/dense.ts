/** The three products of a dense layer. Every sum runs in index order from +0, the bias last: see product.ts. */
import { forwardSkipping, skips, weightsSkipping } from './nonzeros';
import { product } from './product';

/** U = X·W + b. */
@inline
function forward<T>(
  x: usize, nz: usize, w: usize, b: usize, u: usize, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  if (skips(nz)) {
    forwardSkipping<T>(x, nz, w, b, u, rows, inputs, units);
    return;
  }
  const size = sizeof<T>();
  product<T>(x, <usize>inputs * size, true, w, <usize>units * size, true, u, b, rows, units, inputs, scratch);
}

export function dense_forward_f32(
  x: usize, nz: usize, w: usize, b: usize, u: usize, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  forward<f32>(x, nz, w, b, u, rows, inputs, units, scratch);
}
export function dense_forward_f64(
  x: usize, nz: usize, w: usize, b: usize, u: usize, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  forward<f64>(x, nz, w, b, u, rows, inputs, units, scratch);
}

/**
 * dX = δ·Wᵀ for one row: 8 (float64: 4) rows of W at a time, transposed in registers so that each sum keeps
 * index order. A packed product would move all of W for a single use of it.
 */
@inline
function backwardRow<T>(delta: usize, w: usize, dx: usize, inputs: i32, units: i32): void {
  const size = sizeof<T>();
  const lanes = 16 / <i32>size;
  const stride = <usize>units * size;
  const vectorUnits = units & ~(lanes - 1);
  let i = 0;
  for (; i + 2 * lanes <= inputs; i += 2 * lanes) {
    let s0 = v128.splat<T>(<T>0);
    let s1 = v128.splat<T>(<T>0);
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
        s1 = four(s1, at + 4 * stride, stride, d0, d1, d2, d3);
      } else {
        const d0 = v128.load_splat<T>(d);
        const d1 = v128.load_splat<T>(d, 8);
        s0 = two(s0, at, stride, d0, d1);
        s1 = two(s1, at + 2 * stride, stride, d0, d1);
      }
    }
    v128.store(dx, s0);
    v128.store(dx, s1, 16);
    for (; o < units; o++, at += size) {
      const d = load<T>(delta + <usize>o * size);
      for (let l: usize = 0; l < 2 * lanes; l++) {
        store<T>(dx + l * size, <T>(load<T>(dx + l * size) + <T>(d * load<T>(at + l * stride))));
      }
    }
    dx += 32;
    w += 2 * lanes * stride;
  }
  for (; i < inputs; i++, dx += size, w += stride) {
    let sum: T = 0;
    for (let o: usize = 0; o < <usize>units * size; o += size) {
      sum = <T>(sum + <T>(load<T>(delta + o) * load<T>(w + o)));
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
  s = f32x4.add(s, f32x4.mul(d0, v128.shuffle<i32>(a, b, 0, 1, 4, 5)));
  s = f32x4.add(s, f32x4.mul(d1, v128.shuffle<i32>(a, b, 2, 3, 6, 7)));
  const c = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const d = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  s = f32x4.add(s, f32x4.mul(d2, v128.shuffle<i32>(c, d, 0, 1, 4, 5)));
  return f32x4.add(s, f32x4.mul(d3, v128.shuffle<i32>(c, d, 2, 3, 6, 7)));
}

@inline
function two(s: v128, at: usize, stride: usize, d0: v128, d1: v128): v128 {
  const r0 = v128.load(at);
  const r1 = v128.load(at + stride);
  s = f64x2.add(s, f64x2.mul(d0, v128.shuffle<i64>(r0, r1, 0, 2)));
  return f64x2.add(s, f64x2.mul(d1, v128.shuffle<i64>(r0, r1, 1, 3)));
}

/** dX = Δ·Wᵀ. */
@inline
function backwardInput<T>(
  delta: usize, w: usize, dx: usize, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  if (rows == 1) {
    backwardRow<T>(delta, w, dx, inputs, units);
    return;
  }
  const stride = <usize>units * sizeof<T>();
  product<T>(delta, stride, true, w, stride, false, dx, 0, rows, inputs, units, scratch);
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

/** dW = XᵀΔ, db = Σ rows of Δ, over rows [first, first + rows) of X and Δ. */
@inline
function backwardWeights<T>(
  x: usize, nz: usize, delta: usize, dw: usize, db: usize,
  first: i32, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  const size = sizeof<T>();
  const stride = <usize>units * size;
  const own = delta + <usize>first * stride;
  if (skips(nz)) {
    weightsSkipping<T>(x, nz, delta, dw, first, rows, inputs, units);
  } else {
    const xStride = <usize>inputs * size;
    product<T>(
      x + <usize>first * xStride, xStride, false, own, stride, true, dw, 0, inputs, units, rows, scratch,
    );
  }
  memory.fill(db, 0, stride);
  const vectorBytes = stride & ~15;
  for (let r = 0, row = own; r < rows; r++, row += stride) {
    let i: usize = 0;
    for (; i < vectorBytes; i += 16) v128.store(db + i, v128.add<T>(v128.load(db + i), v128.load(row + i)));
    for (; i < stride; i += size) store<T>(db + i, <T>(load<T>(db + i) + load<T>(row + i)));
  }
}

export function dense_backward_weights_f32(
  x: usize, nz: usize, delta: usize, dw: usize, db: usize,
  first: i32, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  backwardWeights<f32>(x, nz, delta, dw, db, first, rows, inputs, units, scratch);
}
export function dense_backward_weights_f64(
  x: usize, nz: usize, delta: usize, dw: usize, db: usize,
  first: i32, rows: i32, inputs: i32, units: i32, scratch: usize,
): void {
  backwardWeights<f64>(x, nz, delta, dw, db, first, rows, inputs, units, scratch);
}
