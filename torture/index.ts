/** The proofs in the order of docs/reliability.md. A proof's name is its file's name. */
import type { Proof } from './proof.js';
import { configurations } from './proofs/configurations.js';
import { damage } from './proofs/damage.js';
import { fuzzArrays } from './proofs/fuzz-arrays.js';
import { fuzzGzip } from './proofs/fuzz-gzip.js';
import { fuzzIdx } from './proofs/fuzz-idx.js';
import { fuzzModels } from './proofs/fuzz-models.js';
import { fuzzRuns } from './proofs/fuzz-runs.js';
import { fuzzTables } from './proofs/fuzz-tables.js';
import { fuzzYaml } from './proofs/fuzz-yaml.js';
import { hosts } from './proofs/hosts.js';
import { hostsFaults } from './proofs/hosts-faults.js';
import { interleaving } from './proofs/interleave.js';
import { ioErrors } from './proofs/io-errors.js';
import { kill } from './proofs/kill.js';
import { loading } from './proofs/loading.js';
import { native } from './proofs/native.js';
import { nativeArm64 } from './proofs/native-arm64.js';
import { nativeSanitized } from './proofs/native-sanitized.js';
import { powerLoss } from './proofs/power-loss.js';
import { resume } from './proofs/resume.js';
import { signals } from './proofs/signals.js';
import { soak } from './proofs/soak.js';
import { sweeps } from './proofs/sweeps.js';
import { windows } from './proofs/windows.js';
import { workers } from './proofs/workers.js';

export const proofs: readonly Proof[] = [
  kill,
  sweeps,
  workers,
  loading,
  resume,
  configurations,
  powerLoss,
  ioErrors,
  damage,
  fuzzIdx,
  fuzzGzip,
  fuzzRuns,
  fuzzYaml,
  fuzzTables,
  fuzzArrays,
  fuzzModels,
  interleaving,
  native,
  nativeSanitized,
  nativeArm64,
  windows,
  hosts,
  hostsFaults,
  signals,
  soak,
];
