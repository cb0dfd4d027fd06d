/** Fuzzes the reader of gzipped IDX files, by itself and for a whole data set. */
import { changedGzip, oddGzip } from '../corpus/gzip.js';
import { fuzz } from '../fuzz.js';
import type { Proof } from '../proof.js';
import { largestRead } from '../targets/idx.js';

export const fuzzGzip: Proof = {
  name: 'fuzz-gzip',
  what: 'damaged and hostile gzip files are unpacked as far as declared, or refused, in a second and in bounded memory',
  short: 150,
  long: 100_000,
  run: (given) =>
    fuzz(given, {
      proof: 'fuzz-gzip',
      bound: 2 * largestRead + 48 * 2 ** 20,
      input: (random, index) => oddGzip[index] ?? changedGzip(random),
    }),
};
