/**
 * The kernel of src/model/layers/formulas/gaussian-noise.ts. Normal numbers are made in f64 for either precision, with sine
 * and cosine by the polynomials of fdlibm's k_sin.c and k_cos.c (Copyright (C) 1993 by Sun Microsystems, Inc. All rights
 * reserved. Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is
 * preserved.): strict SIMD, the same bits on every machine.
 */
import { logs, plus } from './math';
import { philox, word0, word1, word2, word3 } from './philox';
import { read, write } from './vector';

const TURN: f64 = 1.4629180792671596e-9; // 2π / 2³²

/** √(−2 log((w + 1)/2³²)) of the words of the lower two lanes: at most 6.7. */
@inline
function radius(words: v128): v128 {
  const uniform = f64x2.mul(
    f64x2.add(f64x2.convert_low_i32x4_u(words), f64x2.splat(1)),
    f64x2.splat(2.3283064365386963e-10),
  );
  return f64x2.sqrt(f64x2.mul(f64x2.splat(-2), logs(uniform)));
}

/** What `turn` leaves. */
let cosine: v128 = i64x2(0, 0);
let sine: v128 = i64x2(0, 0);

/** Cosine and sine of 2πw/2³² of the words of the lower two lanes. */
@inline
function turn(words: v128): void {
  // The nearest quarter of a turn, and how far it is from there: both exact.
  const quarter = i32x4.shr_u(i32x4.add(words, i32x4.splat(0x20000000)), 30);
  const rest = i32x4.sub(words, i32x4.shl(quarter, 30));
  const a = f64x2.mul(f64x2.convert_low_i32x4_s(rest), f64x2.splat(TURN));
  const z = f64x2.mul(a, a);
  let p = f64x2.splat(1.58969099521155010221e-10);
  p = plus<f64>(-2.50507602534068634195e-8, p, z);
  p = plus<f64>(2.75573137070700676789e-6, p, z);
  p = plus<f64>(-1.98412698298579493134e-4, p, z);
  p = plus<f64>(8.33333333332248946124e-3, p, z);
  p = plus<f64>(-1.66666666666666324348e-1, p, z);
  const s = f64x2.add(a, f64x2.mul(f64x2.mul(a, z), p));
  let c = f64x2.splat(-1.13596475577881948265e-11);
  c = plus<f64>(2.0875723212981748279e-9, c, z);
  c = plus<f64>(-2.75573143513906633035e-7, c, z);
  c = plus<f64>(2.48015872894767294178e-5, c, z);
  c = plus<f64>(-1.38888888888741095749e-3, c, z);
  c = plus<f64>(4.16666666666666019037e-2, c, z);
  const half = f64x2.mul(z, f64x2.splat(0.5));
  const near = f64x2.sub(f64x2.splat(1), half);
  const lost = f64x2.sub(f64x2.sub(f64x2.splat(1), near), half);
  c = f64x2.add(near, f64x2.add(lost, f64x2.mul(f64x2.mul(z, z), c)));
  // Odd quarters swap the two; the cosine is negative in the second and third, the sine in the third and fourth.
  const swap = i64x2.extend_low_i32x4_s(i32x4.shr_s(i32x4.shl(quarter, 31), 31));
  const sign = i64x2.splat(0x8000000000000000);
  const ofCosine = i64x2.extend_low_i32x4_s(i32x4.shl(i32x4.add(quarter, i32x4.splat(1)), 30));
  const ofSine = i64x2.extend_low_i32x4_s(i32x4.shl(quarter, 30));
  cosine = v128.xor(v128.bitselect(s, c, swap), v128.and(ofCosine, sign));
  sine = v128.xor(v128.bitselect(c, s, swap), v128.and(ofSine, sign));
}

/** A vector of y, or half of one with its other half: x + the noise of four columns, of which `left` are still there. */
@inline
function addFour<T>(x: usize, y: usize, left: i32, first: v128, second: v128, deviation: v128): void {
  if (left <= 0) return;
  const a = f64x2.mul(first, deviation);
  const b = f64x2.mul(second, deviation);
  if (sizeof<T>() == 4) {
    const both = v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
    write<T>(y, v128.add<T>(read<T>(x, left), both), left);
  } else {
    write<T>(y, v128.add<T>(read<T>(x, left), a), left);
    if (left > 2) write<T>(y + 16, v128.add<T>(read<T>(x + 16, left - 2), b), left - 2);
  }
}

/** Eight columns: the lower two lanes of the words are the counters of four of them each. */
@inline
function addEight<T>(
  x: usize, y: usize, left: i32, w0: v128, w1: v128, w2: v128, w3: v128, deviation: v128,
): void {
  const four: usize = 4 * sizeof<T>();
  const r = radius(w0);
  turn(w1);
  const n0 = f64x2.mul(r, cosine);
  const n1 = f64x2.mul(r, sine);
  const q = radius(w2);
  turn(w3);
  const n2 = f64x2.mul(q, cosine);
  const n3 = f64x2.mul(q, sine);
  addFour<T>(x, y, left, v128.shuffle<i64>(n0, n1, 0, 2), v128.shuffle<i64>(n2, n3, 0, 2), deviation);
  addFour<T>(
    x + four, y + four, left - 4, v128.shuffle<i64>(n0, n1, 1, 3), v128.shuffle<i64>(n2, n3, 1, 3), deviation,
  );
}

/** The upper two lanes in place of the lower ones. */
@inline
function upper(words: v128): v128 {
  return v128.shuffle<i64>(words, words, 1, 1);
}

@inline
function forward<T>(
  x: usize, y: usize, rows: i32, cols: i32, firstRow: u32, deviation: f64, k0: u32, k1: u32, step: f64,
): void {
  const stride = <usize>cols * sizeof<T>();
  const eight: usize = 8 * sizeof<T>();
  const size = f64x2.splat(deviation);
  const lower = i32x4.splat(<u32>(<u64>step));
  const above = i32x4.splat(<u32>(<u64>step >> 32));
  for (let r = 0; r < rows; r++, x += stride, y += stride) {
    const row = i32x4.splat(firstRow + r);
    let blocks = i32x4(0, 1, 2, 3);
    let from = x;
    let to = y;
    for (let left = cols; left > 0; left -= 16, from += 2 * eight, to += 2 * eight) {
      philox(blocks, row, lower, above, k0, k1);
      addEight<T>(from, to, left, word0, word1, word2, word3, size);
      if (left > 8) {
        addEight<T>(
          from + eight, to + eight, left - 8, upper(word0), upper(word1), upper(word2), upper(word3), size,
        );
      }
      blocks = i32x4.add(blocks, i32x4.splat(4));
    }
  }
}

export function gaussian_noise_forward_f32(
  x: usize, y: usize, rows: i32, cols: i32, firstRow: u32, deviation: f64, k0: u32, k1: u32, step: f64,
): void {
  forward<f32>(x, y, rows, cols, firstRow, deviation, k0, k1, step);
}
export function gaussian_noise_forward_f64(
  x: usize, y: usize, rows: i32, cols: i32, firstRow: u32, deviation: f64, k0: u32, k1: u32, step: f64,
): void {
  forward<f64>(x, y, rows, cols, firstRow, deviation, k0, k1, step);
}
