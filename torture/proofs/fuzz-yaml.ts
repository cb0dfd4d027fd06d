/** Fuzzes the reader of configurations, of files and of overrides. */
import { changedConfig } from '../corpus/config.js';
import { oddConfig } from '../corpus/config-odd.js';
import { fuzz } from '../fuzz.js';
import type { Proof } from '../proof.js';

export const fuzzYaml: Proof = {
  name: 'fuzz-yaml',
  what: 'any text as a configuration or an override is accepted or refused, in a second and in bounded memory',
  short: 100,
  long: 100_000,
  run: (given) =>
    fuzz(given, {
      proof: 'fuzz-yaml',
      bound: 64 * 2 ** 20,
      input: (random, index) => oddConfig[index] ?? changedConfig(random),
    }),
};
