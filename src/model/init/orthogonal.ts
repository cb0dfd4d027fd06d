/**
 * A random matrix with orthogonal columns, or rows where these are fewer (Saxe et al. 2014; PyTorch's orthogonal_), each of
 * length `gain`: the Q of a matrix of normal numbers, R having a positive diagonal, which makes all such matrices alike
 * likely. Linear layers then keep the length of what goes through them.
 */
import type { Options } from '../../options.js';
import type { Random } from '../../random.js';
import type { Initializer } from './init.js';

const options = {
  gain: { type: 'number', above: 0, max: 1e6, default: 1, description: 'Length of each column, or row.' },
} as const satisfies Options;

export const orthogonal: Initializer<typeof options> = {
  description:
    'Saxe et al. 2014: random, with columns (or rows, if these are fewer) at right angles to each other.',
  options,
  fills: (inputs, units, { gain }) => {
    return (values, random) => {
      const tall = inputs >= units;
      const vectors = orthonormal(Math.min(inputs, units), Math.max(inputs, units), random);
      for (const [k, vector] of vectors.entries()) {
        for (let i = 0; i < vector.length; i++)
          values[tall ? i * units + k : k * units + i] = gain * vector[i];
      }
    };
  },
};

/** Vectors that those before them are taken out of together: each of these is then read once for all, not once for each. */
const TOGETHER = 16;
/** So much shorter a vector may get before what is left of it is mostly rounding, and is made orthogonal once more. */
const MUCH = 0.1;

/**
 * `count` vectors of `length` ≥ count values, in float64, by Gram and Schmidt's method as it is modified to be stable (Björck
 * 1967): one after another, each without what it has of those before it.
 */
function orthonormal(count: number, length: number, random: Random): Float64Array[] {
  const made: Float64Array[] = [];
  while (made.length < count) {
    const vectors = Array.from({ length: Math.min(TOGETHER, count - made.length) }, () =>
      Float64Array.from({ length }, () => random.normal()),
    );
    const drawn = vectors.map(size);
    for (const other of made) for (const vector of vectors) takeOut(vector, other);
    const before = made.length;
    for (const [k, vector] of vectors.entries()) {
      for (const other of made.slice(before)) takeOut(vector, other);
      for (let whole = drawn[k], left = size(vector); left <= MUCH * whole; left = size(vector)) {
        whole = left;
        for (const other of made) takeOut(vector, other);
      }
      const scale = 1 / size(vector);
      for (let i = 0; i < length; i++) vector[i] *= scale;
      made.push(vector);
    }
  }
  return made;
}

/** vector ← vector − other·(vector·other) */
function takeOut(vector: Float64Array, other: Float64Array): void {
  const share = dot(vector, other);
  for (let i = 0; i < vector.length; i++) vector[i] -= share * other[i];
}

const size = (vector: Float64Array) => Math.sqrt(dot(vector, vector));

/** In four sums, which do not wait for each other. */
function dot(a: Float64Array, b: Float64Array): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const whole = a.length - (a.length % 4);
  for (let i = 0; i < whole; i += 4) {
    first += a[i] * b[i];
    second += a[i + 1] * b[i + 1];
    third += a[i + 2] * b[i + 2];
    fourth += a[i + 3] * b[i + 3];
  }
  for (let i = whole; i < a.length; i++) first += a[i] * b[i];
  return first + second + (third + fourth);
}
