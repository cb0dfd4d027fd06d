/**
 * `verify` as a function: is what a run left what its configuration gives?
 */
import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import { bytesHash } from '../coordinator/results.js';
import { shortened, UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import { readSafetensors } from '../formats/safetensors.js';
import { type Checkpoint, readCheckpoint } from '../runs/checkpoint.js';
import { checkpointPath, checkpointSteps } from '../runs/checkpoints.js';
import { realDisk, unreadable } from '../runs/disk.js';
import type { DataProvenance, EngineProvenance } from '../runs/provenance.js';
import { WEIGHTS_FORMAT } from '../runs/weights.js';
import { version } from '../version.js';
import { type RunSettings, runPlan } from './run.js';

export interface VerifySettings extends RunSettings {
  /** Repeats the run from this step's checkpoint on; default: from its beginning. */
  from?: number;
}

export interface VerifyResult {
  /** Whether every bit is the same, of the weights after the last step and of the best ones. */
  same: boolean;
  /** `weightsHash` as it was recorded, and as the repetition came to. */
  recorded: string;
  repeated: string;
  /** `bestHash`, which is that of the weights that the run left. */
  recordedBest: string;
  repeatedBest: string;
  /** Steps that the run has, and the one that it was repeated from. */
  steps: number;
  from: number;
}

/** What is kept with a run's weights. */
interface Ending {
  readonly weightsHash: string;
  readonly bestHash: string;
  readonly steps: number;
  readonly config: Config;
  readonly engine: EngineProvenance;
  readonly data: DataProvenance;
  readonly forced: Checkpoint['state']['forced'];
}

/**
 * Repeats a run from its recorded configuration, or from a checkpoint on, and compares the weights. Writes nothing.
 * @param runDir the folder of the run
 * @throws an Error named `UserError` where the folder holds no finished run, its weights are damaged, or the run cannot
 *   be repeated here (other data, another engine)
 */
export async function verify(runDir: string, settings: VerifySettings = {}): Promise<VerifyResult> {
  if (runDir === '') throw new UserError('run folder: expected a path, got ""');
  const ending = await endingOf(runDir);
  const { from } = settings;
  const checkpoint = from === undefined ? undefined : await checkpointAt(runDir, from, ending.steps);
  const last = ending.forced.at(-1);
  // The checkpoint that --force continued from was written before, and does not know of it.
  if (last !== undefined && (checkpoint?.state.forced.length ?? 0) < ending.forced.length) {
    throw new UserError(
      `${runDir}: was continued by --force at step ${last.step} (${last.what}); only what comes after it can be ` +
        `repeated: gradpool verify ${runDir} --from STEP, of a checkpoint after that step`,
    );
  }
  const result = await runPlan(settings, async () => {
    const { recordedConfig } = await import('../config/load.js');
    const config = recordedConfig(checkpoint?.provenance.config ?? ending.config, {}, runDir);
    const path = from === undefined ? undefined : checkpointPath(runDir, from);
    return {
      config,
      options: {
        runDir: null,
        version,
        untilStep: ending.steps,
        expected: { runDir, ...ending },
        resume: path === undefined ? null : { checkpoint: path, damaged: [], force: false },
      },
    };
  });
  const { weightsHash, bestHash, steps } = result.summary;
  settings.signal?.throwIfAborted();
  const sameWeights = weightsHash === ending.weightsHash && bestHash === ending.bestHash;
  return {
    same: sameWeights && steps === ending.steps,
    recorded: ending.weightsHash,
    repeated: weightsHash,
    recordedBest: ending.bestHash,
    repeatedBest: bestHash,
    steps: ending.steps,
    from: from ?? 0,
  };
}

async function endingOf(runDir: string): Promise<Ending> {
  const path = join(runDir, 'weights.safetensors');
  try {
    await realDisk.lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new UserError(`${runDir}: holds no finished run (no weights.safetensors)`);
    }
    throw unreadable(path, error);
  }
  const file = await readSafetensors(realDisk, path);
  const { format, gradpool, bestHash, weightsHash } = file.metadata;
  if (format !== WEIGHTS_FORMAT) {
    const by = `gradpool ${shortened(gradpool ?? '')} (${shortened(format ?? 'no format')})`;
    throw new UserError(
      `${path}: was written by ${by}, and this version reads ${WEIGHTS_FORMAT} only; verify it with that version`,
    );
  }
  // A file's tensors lie as the parameters do in memory, and after them the buffers.
  if (bytesHash(file.data) !== bestHash) {
    throw new UserError(`${path}: damaged: its weights do not have the hash that is written in it`);
  }
  const run = parseJson(file.metadata.run ?? '');
  if (isMapping(run)) {
    const { steps, config, engine, data, forced } = run as unknown as Ending;
    const mappings = [config, engine, data].every(isMapping);
    if (Number.isSafeInteger(steps) && mappings && Array.isArray(forced)) {
      return { weightsHash, bestHash, steps, config, engine, data, forced };
    }
  }
  throw new UserError(`${path}: does not say what it came of`);
}

async function checkpointAt(runDir: string, step: number, end: number): Promise<Checkpoint> {
  // Of a run that was continued and has not ended again, later ones than its weights may be there.
  const all = await checkpointSteps(realDisk, runDir).catch((error) =>
    Promise.reject(unreadable(runDir, error)),
  );
  const steps = all.filter((one) => one <= end);
  if (steps.includes(step)) return readCheckpoint(realDisk, checkpointPath(runDir, step));
  const there = steps.length === 0 ? 'none' : steps.reverse().join(', ');
  throw new UserError(`--from: expected the step of a checkpoint of ${runDir} (${there}), got ${step}`);
}
