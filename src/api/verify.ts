/**
 * `verify` as a function: is what a run left what its configuration gives?
 */

import { join } from 'node:path';
import type { Overrides } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { codeOf, shortened, UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import { readSafetensors } from '../formats/safetensors.js';
import { type Disk, unreadable } from '../machine/disk.js';
import type { VerifyResult } from '../results.js';
import { type Checkpoint, readCheckpoint } from '../runs/checkpoint.js';
import { checkpointPath, checkpointSteps } from '../runs/checkpoints.js';
import { followLatest } from '../runs/latest.js';
import { checkRunDir } from '../runs/name.js';
import {
  type DataProvenance,
  type EngineProvenance,
  type InitProvenance,
  initIn,
} from '../runs/provenance.js';
import { resumeCommand } from '../runs/resume-command.js';
import { bytesHash, WEIGHTS_FORMAT } from '../runs/weights.js';
import { version } from '../version.js';
import { type RunSettings, runChecks, runPlan } from './run.js';
import { checkSettings, overrides, wholeFrom } from './settings.js';

/** How a run is repeated. */
export interface VerifySettings extends Omit<RunSettings, 'nodes'> {
  /** Repeats the run from this step's checkpoint on; default: from its beginning. */
  from?: number;
  /** Values to put in place of recorded ones that no bit follows from: where the data lie by now, above all. */
  overrides?: Overrides;
}

/** What is kept with a run's weights. */
export interface Ending {
  readonly weightsHash: string;
  readonly bestHash: string;
  readonly steps: number;
  readonly config: Config;
  readonly engine: EngineProvenance;
  readonly data: DataProvenance;
  readonly forced: Checkpoint['state']['forced'];
  readonly initFrom?: InitProvenance | undefined;
}

/**
 * Repeats a run from its recorded configuration, or from a checkpoint on, and compares the weights. Writes nothing.
 * @param runDir the folder of the run, or `runs/latest`
 * @throws UserError where the folder holds no finished run, its weights are damaged, or the run cannot be repeated here
 *   (other data, another engine)
 */
export async function verify(runDir: string, settings: VerifySettings = {}): Promise<VerifyResult> {
  checkRunDir(runDir);
  // What several hosts have made one repeats.
  const { nodes: _, ...checks } = runChecks;
  checkSettings<VerifySettings>('verify', settings, { ...checks, from: wholeFrom(0), overrides });
  const { from, overrides: changes = {} } = settings;
  let ending: Ending | undefined;
  const { summary } = await runPlan(settings, async ({ disk }) => {
    const path = await followLatest(disk, runDir);
    ending = await endingOf(disk, path);
    const checkpoint = from === undefined ? undefined : await checkpointAt(disk, path, from, ending.steps);
    refuseForced(path, ending, checkpoint);
    const { missingEngine, recordedConfig } = await import('../config/load.js');
    const missing = missingEngine(ending.engine);
    if (missing !== undefined) {
      throw new UserError(
        `${path}: was computed by the engine "${missing}", which this version does not have: it cannot be repeated here`,
      );
    }
    // The run may have been continued with more epochs since the checkpoint; what would change its bits was refused above.
    const config = recordedConfig(ending.config, changes, path);
    const begin = from === undefined ? undefined : checkpointPath(path, from);
    return {
      config,
      options: {
        runDir: null,
        version,
        untilStep: ending.steps,
        initFrom: ending.initFrom,
        expected: { runDir: path, ...ending },
        resume: begin === undefined ? null : { checkpoint: begin, damaged: [], force: false },
      },
    };
  });
  // Without all of its steps there is nothing to compare.
  settings.signal?.throwIfAborted();
  const { weightsHash, bestHash, steps, config } = ending as unknown as Ending;
  const { exchange = 'fixed' } = config.train;
  const sameWeights = summary.weightsHash === weightsHash && summary.bestHash === bestHash;
  return {
    same: sameWeights && summary.steps === steps,
    recorded: weightsHash,
    repeated: summary.weightsHash,
    recordedBest: bestHash,
    repeatedBest: summary.bestHash,
    steps,
    from: from ?? 0,
    ...(exchange !== 'fixed' && { exchange }),
  };
}

/** @throws UserError where the run was continued by --force after what it is to be repeated from */
function refuseForced(runDir: string, { forced }: Ending, checkpoint: Checkpoint | undefined): void {
  const last = forced.at(-1);
  // The checkpoint that --force continued from was written before, and does not know of it.
  if (last === undefined || (checkpoint?.state.forced.length ?? 0) >= forced.length) return;
  throw new UserError(
    `${runDir}: was continued by --force at step ${last.step} (${last.what}); only what comes after it can be ` +
      `repeated: gradpool verify ${runDir} --from STEP, of a checkpoint after that step`,
  );
}

/** What a run left, from its folder. @throws UserError where it has not ended, or its weights are damaged */
export async function endingOf(disk: Disk, runDir: string): Promise<Ending> {
  const path = join(runDir, 'weights.safetensors');
  try {
    await disk.lstat(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new UserError(
        `${runDir}: holds no finished run (no weights.safetensors)${await wayOn(disk, runDir)}`,
      );
    }
    throw unreadable(path, error);
  }
  const file = await readSafetensors(disk, path);
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
      return { weightsHash, bestHash, steps, config, engine, data, forced, initFrom: initIn(run.initFrom) };
    }
  }
  throw new UserError(`${path}: does not say what it came of`);
}

/** What ends a run that was begun in a folder: nothing where there is none. */
async function wayOn(disk: Disk, runDir: string): Promise<string> {
  const isBegun = await disk.lstat(join(runDir, 'config.json')).then(
    () => true,
    async () => (await checkpointSteps(disk, runDir).catch(() => [])).length > 0,
  );
  return isBegun ? `; unless it still runs, this ends it: ${resumeCommand(runDir)}` : '';
}

async function checkpointAt(disk: Disk, runDir: string, step: number, end: number): Promise<Checkpoint> {
  // Of a run that was continued and has not ended again, later ones than its weights may be there.
  const all = await checkpointSteps(disk, runDir).catch((error) => Promise.reject(unreadable(runDir, error)));
  const steps = all.filter((one) => one <= end);
  if (steps.includes(step)) return readCheckpoint(disk, checkpointPath(runDir, step));
  const there = steps.length === 0 ? 'none' : steps.reverse().join(', ');
  throw new UserError(`--from: expected the step of a checkpoint of ${runDir} (${there}), got ${step}`);
}
