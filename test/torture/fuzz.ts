/** The fuzzing proofs in their short form. */
import '../helpers/bare.js';
import { fuzzArrays } from '../../torture/proofs/fuzz-arrays.js';
import { fuzzGzip } from '../../torture/proofs/fuzz-gzip.js';
import { fuzzIdx } from '../../torture/proofs/fuzz-idx.js';
import { fuzzModels } from '../../torture/proofs/fuzz-models.js';
import { fuzzRuns } from '../../torture/proofs/fuzz-runs.js';
import { fuzzTables } from '../../torture/proofs/fuzz-tables.js';
import { fuzzYaml } from '../../torture/proofs/fuzz-yaml.js';
import { shortForm } from '../helpers/proof.js';

for (const proof of [fuzzIdx, fuzzGzip, fuzzRuns, fuzzYaml, fuzzTables, fuzzArrays, fuzzModels])
  shortForm(proof);
