/** Fuzzes the readers of NPY and NPZ arrays, and of PNG and JPEG pictures. */
import { changedArray, oddArrays } from '../corpus/arrays.js';
import { fuzz } from '../fuzz.js';
import type { Proof } from '../proof.js';
import { largestRead } from '../targets/arrays.js';

export const fuzzArrays: Proof = {
  name: 'fuzz-arrays',
  what: 'any bytes as NPY, NPZ, PNG or JPEG are read as they stand, or refused, in a second and in bounded memory',
  short: 250,
  long: 100_000,
  run: (given) =>
    fuzz(given, {
      proof: 'fuzz-arrays',
      bound: 2 * 8 * largestRead + 64 * 2 ** 20,
      input: (random, index) => oddArrays[index] ?? changedArray(random),
    }),
};
