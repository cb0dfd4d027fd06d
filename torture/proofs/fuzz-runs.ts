/** Fuzzes what is read of a run's folder: safetensors, records, locks. */
import { changedRunFile, oddRunFiles } from '../corpus/runs.js';
import { fuzz } from '../fuzz.js';
import type { Proof } from '../proof.js';

export const fuzzRuns: Proof = {
  name: 'fuzz-runs',
  what: 'any bytes as safetensors, checkpoint, config.json, lock or event log are accepted or refused, as above',
  short: 80,
  long: 100_000,
  run: (given) =>
    fuzz(given, {
      proof: 'fuzz-runs',
      // Threads are started and ended, whose memory overlaps.
      bound: 128 * 2 ** 20,
      input: (random, index) => oddRunFiles[index] ?? changedRunFile(random),
    }),
};
