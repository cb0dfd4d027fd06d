/** e^x and what follows from it to hundreds of bits, in fixed-point BigInts. */

/** Bits after the point: every double is exact, and e^−746 still has two hundred significant bits. */
const POINT = 1280n;
export const ONE = 1n << POINT;

/** A double, exactly. */
export function fixed(x: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(x).buffer)[0];
  const exponent = (bits >> 52n) & 0x7ffn;
  const significand = (bits & 0xf_ffff_ffff_ffffn) | (exponent > 0n ? 1n << 52n : 0n);
  // Its last bit stands for 2^(exponent − 1075), subnormal numbers' for 2^−1074.
  const value = significand << (POINT - 1075n + (exponent > 0n ? exponent : 1n));
  return bits >> 63n ? -value : value;
}

/** e^x for |x| below about 1000: Taylor's series of x/2^40, squared 40 times. */
export function exp(x: bigint): bigint {
  const small = x >> 40n;
  let sum = ONE;
  let term = ONE;
  for (let k = 1n; term > 0n || term < -1n; k++) {
    term = ((term * small) >> POINT) / k;
    sum += term;
  }
  for (let i = 0; i < 40; i++) sum = (sum * sum) >> POINT;
  return sum;
}

/** tanh x = (e^2x − 1)/(e^2x + 1). */
export function tanh(x: bigint): bigint {
  const squared = exp(2n * x);
  return ((squared - ONE) << POINT) / (squared + ONE);
}

/** log(x), from a double near it: log x = y + log(x·e^−y), whose second part is tiny. */
export function log(x: bigint, near: number): bigint {
  const y = fixed(near);
  const rest = ((x * exp(-y)) >> POINT) - ONE;
  return y + rest - ((rest * rest) >> (POINT + 1n));
}

/** How far `value` is from `truth`, in units of the last place that a double near `truth` has. */
export function ulps(value: number, truth: bigint): number {
  const size = truth < 0n ? -truth : truth;
  const bits = BigInt(
    size.toString(16).length * 4 - Math.clz32(Number.parseInt(size.toString(16)[0], 16)) + 28,
  );
  const last = bits - 53n > POINT - 1074n ? bits - 53n : POINT - 1074n;
  const off = fixed(value) - truth;
  return Math.abs(Number((off << 20n) >> last)) / 2 ** 20;
}
