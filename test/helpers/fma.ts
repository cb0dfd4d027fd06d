/** a·b + c rounded once, from what every JavaScript has: the formula that chains of products are held against. */

const word = new Float64Array(1);
const halves = new Uint32Array(word.buffer);
/** Which half is the lower one: this machine's bytes are in either order. */
const LOW = new Uint32Array(new Float64Array([1]).buffer)[0] === 0 ? 0 : 1;

/**
 * `sum`, which lacks `error`, rounded to odd instead of to nearest: rounding it once more, to fewer bits, is then as if
 * all had been rounded at once (Boldo and Melquiond 2008).
 */
function odd(sum: number, error: number): number {
  if (error === 0) return sum;
  word[0] = sum;
  if ((halves[LOW] & 1) !== 0) return sum;
  if (error > 0 === sum > 0) halves[LOW] += 1;
  else {
    if (halves[LOW] === 0) halves[1 - LOW] -= 1;
    halves[LOW] -= 1;
  }
  return word[0];
}

/** What a + b lacks when `sum` is it, rounded (Knuth). */
function lost(a: number, b: number, sum: number): number {
  const second = sum - a;
  return a - (sum - second) + (b - second);
}

/** Of float32 numbers: their product is exact in float64. */
export function fma32(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  return Math.fround(Number.isFinite(sum) ? odd(sum, lost(product, c, sum)) : sum);
}

/** Of float64 numbers. */
export function fma64(a: number, b: number, c: number): number {
  const product = a * b;
  if (a === 0 || b === 0 || !Number.isFinite(a) || !Number.isFinite(b)) return product + c;
  if (!Number.isFinite(c)) return c;
  if (!usual(a) || !usual(b) || !(c === 0 || usual(c))) return exactly(a, b, c);
  const [high, low] = [upper(a), upper(b)];
  const [a1, b1] = [a - high, b - low];
  const rest = a1 * b1 - (product - high * low - a1 * low - high * b1);
  const t = c + rest;
  const v = product + t;
  const [tl, vl] = [lost(c, rest, t), lost(product, t, v)];
  const sum = tl + vl;
  return v + odd(sum, lost(tl, vl, sum));
}

/** Neither so large nor so small that a part of a product could be lost. */
const usual = (x: number) => Math.abs(x) < 2 ** 400 && Math.abs(x) > 2 ** -400;

/** The upper half of a number's bits (Veltkamp). */
function upper(x: number): number {
  const scaled = x * 134_217_729;
  return scaled - (scaled - x);
}

/** In whole numbers. */
function exactly(a: number, b: number, c: number): number {
  const [ma, ea] = parts(a);
  const [mb, eb] = parts(b);
  const [mc, ec] = parts(c);
  const exponent = Math.min(ea + eb, ec);
  const sum = ((ma * mb) << BigInt(ea + eb - exponent)) + (mc << BigInt(ec - exponent));
  const size = sum < 0n ? -sum : sum;
  // All but 53 bits go, and those below the smallest number.
  const surplus = Math.max(size.toString(2).length - 53, -1074 - exponent);
  if (surplus <= 0) return Number(sum) * 2 ** exponent;
  const drop = BigInt(surplus);
  const rest = size & ((1n << drop) - 1n);
  const half = 1n << (drop - 1n);
  let kept = size >> drop;
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  const value = Number(kept) * 2 ** (exponent + surplus);
  return sum < 0n ? -value : value;
}

/** x = m·2ᵉ. */
function parts(x: number): [bigint, number] {
  word[0] = x;
  const high = halves[1 - LOW];
  const biased = (high >>> 20) & 0x7ff;
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(halves[LOW]);
  const m = biased === 0 ? fraction : fraction | (1n << 52n);
  return [high >>> 31 ? -m : m, Math.max(biased, 1) - 1075];
}
