/**
 * The Sobol sequence in the order of Gray codes (Antonov and Saleev 1979), with the direction numbers of Joe and Kuo 2008
 * (new-joe-kuo-6), and Owen's scrambling as a hash of bits from the highest to the lowest (Laine and Karras 2011, with the
 * constants of Burley 2020, "Practical hash-based Owen scrambling").
 */
import { philox } from '../philox.js';

const BITS = 32;

/** Of each dimension from the second on: its primitive polynomial, all coefficients as bits, and the first direction numbers. */
const dimensions: readonly (readonly [polynomial: number, first: readonly number[]])[] = [
  [3, [1]],
  [7, [1, 3]],
  [11, [1, 3, 1]],
  [13, [1, 1, 1]],
  [19, [1, 1, 3, 3]],
  [25, [1, 3, 5, 13]],
  [37, [1, 1, 5, 5, 17]],
  [41, [1, 1, 5, 5, 5]],
  [47, [1, 1, 7, 11, 19]],
  [55, [1, 1, 5, 1, 1]],
  [59, [1, 1, 1, 3, 11]],
  [61, [1, 3, 5, 5, 31]],
  [67, [1, 3, 3, 9, 7, 49]],
  [91, [1, 1, 1, 15, 21, 21]],
  [97, [1, 3, 1, 13, 27, 49]],
  [103, [1, 1, 1, 15, 7, 5]],
  [109, [1, 3, 1, 15, 13, 25]],
  [115, [1, 1, 5, 5, 19, 61]],
  [131, [1, 3, 7, 11, 23, 15, 103]],
  [137, [1, 3, 7, 13, 13, 15, 69]],
  [143, [1, 1, 3, 13, 7, 35, 63]],
  [145, [1, 3, 5, 9, 1, 25, 53]],
  [157, [1, 3, 1, 13, 9, 35, 107]],
  [167, [1, 3, 1, 5, 27, 61, 31]],
  [171, [1, 1, 5, 11, 19, 41, 61]],
  [185, [1, 3, 5, 3, 3, 13, 69]],
  [191, [1, 1, 7, 13, 1, 19, 1]],
  [193, [1, 3, 7, 5, 13, 19, 59]],
  [203, [1, 1, 3, 9, 25, 29, 41]],
  [211, [1, 3, 5, 13, 23, 1, 55]],
  [213, [1, 3, 7, 3, 13, 59, 17]],
];

export const MOST_DIMENSIONS = dimensions.length + 1;

/** The direction numbers of a dimension from 0 on, shifted up to 32 bits. */
const directions = Array.from({ length: MOST_DIMENSIONS }, (_, dimension) => directionsOf(dimension));

function directionsOf(dimension: number): Uint32Array {
  const v = new Uint32Array(BITS);
  if (dimension === 0) return v.map((_, k) => 2 ** (BITS - 1 - k));
  const [polynomial, first] = dimensions[dimension - 1];
  const degree = first.length;
  for (let k = 0; k < BITS; k++) {
    if (k < degree) {
      v[k] = first[k] * 2 ** (BITS - 1 - k);
      continue;
    }
    // m_k = 2a₁m_{k−1} ⊕ … ⊕ 2^s m_{k−s} ⊕ m_{k−s}; shifted up, a multiplication by 2^j is none.
    v[k] = v[k - degree] ^ (v[k - degree] >>> degree);
    for (let j = 1; j < degree; j++) if ((polynomial >>> (degree - j)) & 1) v[k] ^= v[k - j];
  }
  return v;
}

/** 32 bits of the point `index`, from 0, in a dimension from 0. */
function bitsOf(index: number, dimension: number): number {
  let gray = (index ^ (index >>> 1)) >>> 0;
  let bits = 0;
  for (let k = 0; gray !== 0; k++, gray >>>= 1) if (gray & 1) bits ^= directions[dimension][k];
  return bits >>> 0;
}

/** The point as it is defined, in [0, 1): the first is 0. */
export const sobol = (index: number, dimension: number): number => bitsOf(index, dimension) / 2 ** BITS;

/** The same, scrambled: of every 2^k points in a row from the first, each 2^−k of a dimension still has one. */
export function scrambledSobol(index: number, dimension: number, seed: number): number {
  const [key] = philox([seed >>> 0, Math.floor(seed / 2 ** 32), dimension, 0], PURPOSE);
  return reversed(hashed(reversed(bitsOf(index, dimension)), key)) / 2 ** BITS;
}

/** "sobol", so that these are no other use's numbers. */
const PURPOSE = [0x736f626f, 0x6c000000] as const;

/** A permutation of 32 bits of which each depends on itself and the lower ones. */
function hashed(bits: number, key: number): number {
  let x = bits;
  x ^= Math.imul(x, 0x3d20adea);
  x = (x + key) | 0;
  x = Math.imul(x, (key >>> 16) | 1);
  x ^= Math.imul(x, 0x05526c56);
  x ^= Math.imul(x, 0x53a22864);
  return x >>> 0;
}

function reversed(bits: number): number {
  let x = bits;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}
