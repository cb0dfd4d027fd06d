/** Fuzzes the reader of plain IDX files, by itself and for a whole data set. */
import { changedIdx, oddIdx } from '../corpus/idx.js';
import { fuzz } from '../fuzz.js';
import type { Proof } from '../proof.js';
import { largestRead } from '../targets/idx.js';

export const fuzzIdx: Proof = {
  name: 'fuzz-idx',
  what: 'damaged and hostile IDX files are read as they stand, or refused, in a second and in bounded memory',
  short: 150,
  long: 100_000,
  run: (given) =>
    fuzz(given, {
      proof: 'fuzz-idx',
      bound: 2 * largestRead + 48 * 2 ** 20,
      input: (random, index) => oddIdx[index] ?? changedIdx(random),
    }),
};
