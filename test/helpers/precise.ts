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

/** erf x = 2/√π Σ (−1)ⁿ x^(2n+1)/(n!(2n+1)), for |x| below about 10. */
export function erf(x: bigint): bigint {
  const square = (x * x) >> POINT;
  let sum = 0n;
  let power = x; // (−1)ⁿ x^(2n+1)/n!
  for (let n = 0n; power > 1n || power < -1n; n++) {
    sum += power / (2n * n + 1n);
    power = -(((power * square) >> POINT) / (n + 1n));
  }
  return (2n * sum * ONE) / root(PI << POINT);
}

/** ⌊√x⌋ */
function root(x: bigint): bigint {
  let guess = 1n << BigInt((x.toString(2).length >> 1) + 1);
  for (;;) {
    const next = (guess + x / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** arctan(1/n) by its series. */
function arctanInverse(n: bigint): bigint {
  let sum = 0n;
  let power = ONE / n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k;
    power = -(power / (n * n));
  }
  return sum;
}

/** Machin's formula. */
const PI = 16n * arctanInverse(5n) - 4n * arctanInverse(239n);

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
