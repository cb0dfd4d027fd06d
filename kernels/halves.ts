/**
 * Numbers of 16 bits on their way to other hosts: bfloat16, float32's upper half, rounded to nearest, ties to even. What
 * is rounded away is kept, and added the next time (Seide et al. 2014, Karimireddy et al. 2019). No product is fused.
 */

/** The bits of bfloat16 in the upper half of each lane of float32; a NaN stays one, whatever its bits. */
@inline
function rounded(x: v128): v128 {
  const odd = v128.and(i32x4.shr_u(x, 16), i32x4.splat(1));
  const up = i32x4.add(i32x4.add(x, i32x4.splat(0x7fff)), odd);
  const upper = v128.and(up, i32x4.splat(0xffff0000));
  return v128.bitselect(i32x4.splat(0x7fc00000), upper, f32x4.ne(x, x));
}

/** rest ← v − q of a vector of type T, of which q are the numbers of float32. */
@inline
function keep<T>(rest: usize, v: v128, q: v128): void {
  v128.store(rest, v128.sub<T>(v, sizeof<T>() == 4 ? q : f64x2.promote_low_f32x4(q)));
}

@inline
function fed<T>(x: usize, rest: usize, ratio: v128): v128 {
  return v128.add<T>(v128.load(x), v128.mul<T>(ratio, v128.load(rest)));
}

/** Rounds four values, and keeps the rest. @returns their bits, one in the lower half of each lane */
@inline
function four<T>(x: usize, rest: usize, ratio: v128): v128 {
  const a = fed<T>(x, rest, ratio);
  if (sizeof<T>() == 4) {
    const q = rounded(a);
    keep<T>(rest, a, q);
    return i32x4.shr_u(q, 16);
  }
  const b = fed<T>(x + 16, rest + 16, ratio);
  const both = v128.shuffle<i32>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 1, 4, 5);
  const q = rounded(both);
  keep<T>(rest, a, q);
  keep<T>(rest + 16, b, v128.shuffle<i32>(q, q, 2, 3, 2, 3));
  return i32x4.shr_u(q, 16);
}

/** halves_i = bfloat16(v_i) of v = x + ratio·rest, from float64 by way of float32; rest ← v − halves. */
@inline
function pack<T>(x: usize, rest: usize, ratio: T, halves: usize, n: i32): void {
  const size = sizeof<T>();
  const ratios = v128.splat<T>(ratio);
  for (; n >= 8; n -= 8) {
    const low = four<T>(x, rest, ratios);
    const high = four<T>(x + 4 * size, rest + 4 * size, ratios);
    v128.store(halves, i16x8.narrow_i32x4_u(low, high));
    x += 8 * size;
    rest += 8 * size;
    halves += 16;
  }
  for (; n > 0; n--) {
    const v = v128.add<T>(v128.load_splat<T>(x), v128.mul<T>(ratios, v128.load_splat<T>(rest)));
    const q = rounded(size == 4 ? v : f32x4.demote_f64x2_zero(v));
    store<u16>(halves, <u16>(i32x4.extract_lane(q, 0) >>> 16));
    v128.store_lane<T>(rest, v128.sub<T>(v, size == 4 ? q : f64x2.promote_low_f32x4(q)), 0);
    x += size;
    rest += size;
    halves += 2;
  }
}

export function halves_pack_f32(x: usize, rest: usize, ratio: f32, halves: usize, n: i32): void {
  pack<f32>(x, rest, ratio, halves, n);
}
export function halves_pack_f64(x: usize, rest: usize, ratio: f64, halves: usize, n: i32): void {
  pack<f64>(x, rest, ratio, halves, n);
}

/** x = halves. */
@inline
function unpack<T>(halves: usize, x: usize, n: i32): void {
  const size = sizeof<T>();
  for (; n >= 4; n -= 4) {
    const q = i32x4.shl(v128.load_ext<u16>(halves), 16);
    if (size == 4) v128.store(x, q);
    else {
      v128.store(x, f64x2.promote_low_f32x4(q));
      v128.store(x + 16, f64x2.promote_low_f32x4(v128.shuffle<i32>(q, q, 2, 3, 2, 3)));
    }
    x += 4 * size;
    halves += 8;
  }
  for (; n > 0; n--) {
    const q = i32x4.splat(<i32>load<u16>(halves) << 16);
    v128.store_lane<T>(x, size == 4 ? q : f64x2.promote_low_f32x4(q), 0);
    x += size;
    halves += 2;
  }
}

export function halves_unpack_f32(halves: usize, x: usize, n: i32): void {
  unpack<f32>(halves, x, n);
}
export function halves_unpack_f64(halves: usize, x: usize, n: i32): void {
  unpack<f64>(halves, x, n);
}
