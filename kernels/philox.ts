/** Philox4x32-10 of four counters at a time, one a lane: what src/philox.ts computes. */

/** What `philox` leaves: the four numbers of each lane's counter. A function returns no more than one vector. */
export let word0: v128 = i32x4(0, 0, 0, 0);
export let word1: v128 = i32x4(0, 0, 0, 0);
export let word2: v128 = i32x4(0, 0, 0, 0);
export let word3: v128 = i32x4(0, 0, 0, 0);

/** Of four products, two a vector, the lower halves. */
@inline
function low(first: v128, second: v128): v128 {
  return v128.shuffle<i32>(first, second, 0, 2, 4, 6);
}

/** The upper halves. */
@inline
function high(first: v128, second: v128): v128 {
  return v128.shuffle<i32>(first, second, 1, 3, 5, 7);
}

/** `word0` to `word3` from the counters' words and the key. */
@inline
export function philox(a: v128, b: v128, c: v128, d: v128, k0: u32, k1: u32): void {
  const byA = i32x4.splat(0xd2511f53);
  const byC = i32x4.splat(0xcd9e8d57);
  for (let round = 0; round < 10; round++) {
    const a0 = i64x2.extmul_low_i32x4_u(a, byA);
    const a1 = i64x2.extmul_high_i32x4_u(a, byA);
    const c0 = i64x2.extmul_low_i32x4_u(c, byC);
    const c1 = i64x2.extmul_high_i32x4_u(c, byC);
    a = v128.xor(v128.xor(high(c0, c1), b), i32x4.splat(k0));
    c = v128.xor(v128.xor(high(a0, a1), d), i32x4.splat(k1));
    b = low(c0, c1);
    d = low(a0, a1);
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  word0 = a;
  word1 = b;
  word2 = c;
  word3 = d;
}
