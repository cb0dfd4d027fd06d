/** Fuzzes the reader of models, and predictions with what it takes. */
import { changedModel, oddModels } from '../corpus/models.js';
import { fuzz } from '../fuzz.js';
import type { Proof } from '../proof.js';

export const fuzzModels: Proof = {
  name: 'fuzz-models',
  what: 'any bytes as a model are refused, or predict or refuse any row, in a second and in bounded memory',
  short: 320,
  long: 100_000,
  run: (given) =>
    fuzz(given, {
      proof: 'fuzz-models',
      bound: 64 * 2 ** 20,
      input: (random, index) => oddModels[index] ?? changedModel(random),
    }),
};
