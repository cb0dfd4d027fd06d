/** Fuzzes what is read of a run's folder: safetensors, records, locks. */
import { changedRunFile, oddRunFiles } from '../corpus/runs.js';
import { fuzz } from '../fuzz.js';
import type { Proof } from '../proof.js';

export const fuzzRuns: Proof = {
  name: 'fuzz-runs',
  what: 'any bytes as safetensors, checkpoint, config.json, lock or event log are accepted or refused, as above',
  // The child's memory grows from input to input, under tap to 340 MiB after some 240 of them, for a reason not yet found.
  short: 100,
  long: 100_000,
  run: (given) =>
    fuzz(given, {
      proof: 'fuzz-runs',
      // The others' bound is 64 MiB; this one's child needs more, see above.
      bound: (192 + 128) * 2 ** 20,
      input: (random, index) => oddRunFiles[index] ?? changedRunFile(random),
    }),
};
