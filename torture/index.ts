/** The proofs in the order of docs/reliability.md. A proof's name is its file's name. */
import type { Proof } from './proof.js';
import { fuzzGzip } from './proofs/fuzz-gzip.js';
import { fuzzIdx } from './proofs/fuzz-idx.js';
import { fuzzYaml } from './proofs/fuzz-yaml.js';

export const proofs: readonly Proof[] = [fuzzIdx, fuzzGzip, fuzzYaml];
