/**
 * Values of 16 bits as hosts send them to each other (`train.exchange: half`), as plain float64 TypeScript: the definition
 * that the kernel `halves` is tested against. A value is rounded to bfloat16, float32's sign, exponent and upper 7 bits of
 * the fraction, to nearest and ties to even; what is rounded away is added to what is sent the next time. Source: Seide,
 * Fu, Droppo, Li, Yu, "1-Bit Stochastic Gradient Descent", Interspeech 2014; Karimireddy, Rebjock, Stich, Jaggi, "Error
 * Feedback Fixes SignSGD and other Gradient Compression Schemes", ICML 2019.
 */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The bits of a number in bfloat16, by way of float32. What is beyond 3.39e38 becomes infinite; a NaN stays one. */
export function toHalf(value: number): number {
  float[0] = value;
  if (Number.isNaN(value)) return 0x7fc0;
  return (bits[0] + 0x7fff + ((bits[0] >>> 16) & 1)) >>> 16;
}

/** The number that bits of bfloat16 stand for. */
export function fromHalf(half: number): number {
  bits[0] = half << 16;
  return float[0];
}

/**
 * halves_i = bfloat16(v_i) of v = x + ratio·rest; rest ← v − halves, what comes on top the next time.
 * @param ratio how much more what is sent now counts than what was sent before, in the units of x
 */
export function packHalves(x: Float64Array, rest: Float64Array, ratio: number, halves: Uint16Array): void {
  for (let i = 0; i < x.length; i++) {
    const value = x[i] + ratio * rest[i];
    halves[i] = toHalf(value);
    rest[i] = value - fromHalf(halves[i]);
  }
}

/** x = halves. */
export function unpackHalves(halves: Uint16Array, x: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i] = fromHalf(halves[i]);
}
