/** `insightsOf` as a function: what a run's end tells of its weights, of a run that has not come to it. */
import { join } from 'node:path';
import { codeOf, UserError } from '../errors.js';
import { isMapping } from '../formats/json.js';
import { readSafetensors } from '../formats/safetensors.js';
import type { Tensors } from '../formats/safetensors-bytes.js';
import type { InsightsEvent } from '../insights.js';
import { cacheFolder } from '../machine/cache-folder.js';
import { type Disk, realDisk, seenFrom } from '../machine/disk.js';
import { judgedTensors, readCheckpoint } from '../runs/checkpoint.js';
import { checkpointPath, newestCheckpoint, readBest } from '../runs/checkpoints.js';
import { followLatest } from '../runs/latest.js';
import { checkRunDir } from '../runs/name.js';
import { inSession } from './call.js';
import { cache, checkSettings, signal, threads, wholeFrom } from './settings.js';
import { endingOf } from './verify.js';

/** Of which weights something is found out. */
export interface InsightsSettings {
  /** Of the checkpoint of this step; default: of the weights that the run would leave if it ended now. */
  checkpoint?: number;
  /** As of `train`. */
  cache?: boolean | string;
  /** As of `train`. */
  threads?: number | 'auto';
  /** Ends the call, which rejects with its reason. */
  signal?: AbortSignal;
}

/** Weights and what they came of. */
interface Weights {
  readonly tensors: Tensors;
  readonly config: unknown;
  readonly engine: unknown;
  readonly data: unknown;
  readonly steps: number;
}

/**
 * What the weights of a run, killed or under way too, do with the rows of its test, else of its validation, else of its
 * training: the event `insights` as the run tells it at its end, computed from its newest checkpoint and its data.
 * Changes nothing.
 * @param runDir the run's folder, or `runs/latest`
 * @returns undefined where there is no memory for it, or workers fail again and again
 * @throws UserError where it has neither a checkpoint nor weights yet, and where its data are not there any more
 */
export async function insightsOf(
  runDir: string,
  settings: InsightsSettings = {},
): Promise<InsightsEvent | undefined> {
  checkRunDir(runDir);
  checkSettings<InsightsSettings>('insightsOf', settings, {
    checkpoint: wholeFrom(0),
    cache,
    threads,
    signal,
  });
  return inSession(undefined, settings.signal, async ({ session, cwd }) => {
    const disk = seenFrom(cwd, realDisk);
    const path = await followLatest(disk, runDir);
    const weights = await weightsIn(disk, path, settings.checkpoint);
    const { defaults, missingEngine, recordedConfig } = await import('../config/load.js');
    // With an engine that is no more the figures are the same but for rounding.
    const engine = missingEngine(weights.engine) === undefined ? {} : { engine: defaults.engine };
    return session.insights(recordedConfig(weights.config, engine, path), {
      threads: settings.threads ?? 'auto',
      tensors: weights.tensors,
      data: isMapping(weights.data) ? { sha256: String(weights.data.sha256) } : null,
      steps: weights.steps,
      cache: cacheFolder(settings.cache),
    });
  });
}

/** Those of a checkpoint; else the newest there are, of these the best so far. */
async function weightsIn(disk: Disk, runDir: string, checkpoint: number | undefined): Promise<Weights> {
  if (checkpoint !== undefined) return stated(await readCheckpoint(disk, checkpointPath(runDir, checkpoint)));
  const { found } = await newestCheckpoint(disk, runDir);
  const left = await leftIn(disk, runDir);
  // A run that goes on after its end has newer checkpoints than weights.
  if (left !== undefined && left.steps >= (found?.checkpoint.state.step ?? 0)) return left;
  if (found === undefined) {
    throw new UserError(
      `${runDir}: holds neither weights nor a checkpoint yet; there is nothing to look into`,
    );
  }
  const { step, best } = found.checkpoint.state;
  const its = best === null || best.step === step ? found.checkpoint : await readBest(disk, found.path, best);
  return { ...stated(its), steps: step };
}

const stated = ({ provenance, state, tensors }: Awaited<ReturnType<typeof readCheckpoint>>): Weights => ({
  tensors: judgedTensors(tensors),
  config: provenance.config,
  engine: provenance.engine,
  data: provenance.data,
  steps: state.step,
});

/** What the run has left at its end; undefined: it has not come to it. */
async function leftIn(disk: Disk, runDir: string): Promise<Weights | undefined> {
  const path = join(runDir, 'weights.safetensors');
  try {
    await disk.lstat(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  const { config, engine, data, steps } = await endingOf(disk, runDir);
  const { tensors } = await readSafetensors(disk, path);
  return { tensors, config, engine, data, steps };
}
