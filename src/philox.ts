/**
 * Random numbers by their place: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as
 * 1, 2, 3"), a function of a counter and a key. Whoever needs the numbers of a place computes them there; nothing is
 * drawn in turn. kernels/philox.ts computes the same.
 */

type Words<Count extends 2 | 4> = Count extends 2
  ? readonly [number, number]
  : readonly [number, number, number, number];

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function high(a: number, b: number): number {
  const low = a & 0xffff;
  const across = (a >>> 16) * (b & 0xffff) + ((low * (b & 0xffff)) >>> 16);
  const other = low * (b >>> 16) + (across & 0xffff);
  return (a >>> 16) * (b >>> 16) + (across >>> 16) + (other >>> 16);
}

/** Four uniform 32-bit numbers of the counter `counter` under `key`; all are unsigned. */
export function philox(counter: Words<4>, key: Words<2>): Words<4> {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const fromA = high(a, 0xd2511f53);
    const lowA = Math.imul(a, 0xd2511f53) >>> 0;
    const fromC = high(c, 0xcd9e8d57);
    const lowC = Math.imul(c, 0xcd9e8d57) >>> 0;
    [a, b, c, d] = [(fromC ^ b ^ k0) >>> 0, lowC, (fromA ^ d ^ k1) >>> 0, lowA];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [a, b, c, d];
}

/** "dropout", so that these are no other use's numbers. */
const PURPOSE = [0x64726f70, 0x6f757400] as const;

/**
 * The key of a layer's random numbers in a run; `seed` and `layer` are whole, from 0 to 2^53 and to 2^32 − 1.
 * @param purpose what else they are for than dropout and the like
 */
export function keyOf(seed: number, layer: number, purpose: Words<2> = PURPOSE): Words<2> {
  const [k0, k1] = philox([seed >>> 0, Math.floor(seed / 2 ** 32), layer, 0], purpose);
  return [k0, k1];
}
