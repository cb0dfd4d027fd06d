/** `resume` as a function: a run's folder in, the run goes on. */
import type { Overrides } from '../config/load.js';
import type { Config, ConfigInput } from '../config/schema.js';
import { UserError } from '../errors.js';
import type { ResumeOptions, TrainResult } from '../protocol.js';
import { newestCheckpoint } from '../runs/checkpoints.js';
import { realDisk, unreadable } from '../runs/disk.js';
import { provenanceIn } from '../runs/folder.js';
import { version } from '../version.js';
import { type RunSettings, runPlan } from './run.js';

export interface ResumeSettings extends RunSettings {
  /** What the run is to go on with, where that is not what it was begun with: an object, or a YAML file's path. */
  config?: ConfigInput | string;
  /** Values to put in place of those of the recorded configuration, or of a configuration file. */
  overrides?: Overrides;
  /**
   * Go on although the configuration, the data or the engine's bits are not what they were. The result is then no
   * longer what one configuration gives, and the run remembers that.
   */
  force?: boolean;
}

/**
 * Goes on with a run from its newest whole checkpoint, in mid-epoch too, with any number of threads: the weights come
 * out as if it had never been interrupted. Where there is no checkpoint yet, it begins anew.
 *
 * @param runDir the folder of the run. @returns as `train`
 * @throws as `train`; an Error named `UserError` too where the folder holds no run, another process is using it, or
 *   something differs from what it was
 */
export async function resume(runDir: string, settings: ResumeSettings = {}): Promise<TrainResult> {
  if (runDir === '') throw new UserError('run folder: expected a path, got ""');
  return runPlan(settings, async () => {
    const { found, damaged } = await checkpointIn(runDir);
    const options: ResumeOptions = {
      checkpoint: found?.path ?? null,
      damaged,
      force: settings.force ?? false,
    };
    const recorded = await provenanceIn(runDir);
    if (recorded === undefined && found === undefined) {
      throw new UserError(`${runDir}: holds no run (no config.json, and no checkpoint); nothing to resume`);
    }
    const config = await configOf(runDir, recorded ?? found?.checkpoint.provenance.config, settings);
    return { config, options: { runDir, version, resume: options } };
  });
}

async function checkpointIn(runDir: string): ReturnType<typeof newestCheckpoint> {
  try {
    return await newestCheckpoint(realDisk, runDir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') throw new UserError(`${runDir}: expected a run's folder, got a file`);
    throw unreadable(runDir, error);
  }
}

async function configOf(
  runDir: string,
  recorded: unknown,
  { config: source, overrides = {} }: ResumeSettings,
): Promise<Config> {
  const { loadConfig, parseConfig, recordedConfig } = await import('../config/load.js');
  if (typeof source === 'string') return loadConfig(source, overrides);
  if (source !== undefined) return parseConfig(source);
  return recordedConfig(recorded, overrides, `${runDir}/config.json`);
}
