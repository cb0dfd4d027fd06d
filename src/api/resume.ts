/** `resume` as a function: a run's folder in, the run goes on. */
import { join } from 'node:path';
import type { Overrides } from '../config/load.js';
import type { ConfigInput } from '../config/schema.js';
import { codeOf, UserError } from '../errors.js';
import { type Disk, unreadable } from '../machine/disk.js';
import type { ResumeOptions } from '../protocol.js';
import { newestCheckpoint } from '../runs/checkpoints.js';
import { writtenConfig, writtenInit } from '../runs/folder.js';
import { followLatest } from '../runs/latest.js';
import { checkRunDir } from '../runs/name.js';
import { version } from '../version.js';
import type { Place, Plan } from './plan.js';
import { type RunSettings, runChecks, runPlan, type TrainRun } from './run.js';
import { anything, checkSettings, configOf, flag, overrides } from './settings.js';

/** How a run goes on. */
export interface ResumeSettings extends RunSettings {
  /** What the run is to go on with, where that is not what it was begun with: an object, or a YAML file's path. */
  config?: ConfigInput | string;
  /** Values to put in place of those of the recorded configuration, or of `config`. */
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
 * @param runDir the folder of the run, or `runs/latest`. @returns as `train`
 * @throws as `train`; UserError too where the folder holds no run, another process is using it, or something differs
 *   from what it was
 */
export function resume(runDir: string, settings: ResumeSettings = {}): TrainRun {
  const check = () => {
    checkRunDir(runDir);
    checkSettings<ResumeSettings>('resume', settings, {
      ...runChecks,
      config: anything,
      overrides,
      force: flag,
    });
  };
  const prepare = async ({ cwd, disk }: Place): Promise<Plan> => {
    const path = await followLatest(disk, runDir);
    const { found, damaged } = await checkpointIn(disk, path);
    const options: ResumeOptions = {
      checkpoint: found?.path ?? null,
      damaged,
      force: settings.force ?? false,
    };
    const recorded = await writtenConfig(path, disk);
    if (recorded === undefined && found === undefined) {
      throw new UserError(`${path}: holds no run (no configuration, and no checkpoint); nothing to resume`);
    }
    if (recorded === undefined) await refuseForeign(disk, join(path, 'config.json'));
    if (found && !options.force) await refuseMissingEngine(path, found.checkpoint.provenance.engine);
    const { config: source, overrides } = settings;
    const config =
      source === undefined
        ? await recordedIn(path, recorded ?? found?.checkpoint.provenance.config, overrides)
        : await configOf(source, overrides, cwd);
    const initFrom = found ? found.checkpoint.provenance.initFrom : await writtenInit(path, disk);
    return { config, options: { runDir: path, version, resume: options, initFrom } };
  };
  return runPlan(settings, prepare, check);
}

async function checkpointIn(disk: Disk, runDir: string): ReturnType<typeof newestCheckpoint> {
  try {
    return await newestCheckpoint(disk, runDir);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOTDIR') throw new UserError(`${runDir}: expected a run's folder, got a file`);
    throw unreadable(runDir, error);
  }
}

/** What goes on writes config.json anew. @throws UserError where one is there that is no run's */
async function refuseForeign(disk: Disk, file: string): Promise<void> {
  const isThere = await disk.lstat(file).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new UserError(
    `${file}: expected a run's configuration, found none in it; move it away to go on from the newest checkpoint`,
  );
}

/** @throws UserError for a run whose engine this version does not have */
async function refuseMissingEngine(runDir: string, engine: unknown): Promise<void> {
  const { defaults, missingEngine } = await import('../config/load.js');
  const missing = missingEngine(engine);
  if (missing === undefined) return;
  throw new UserError(
    `${runDir}: was computed by the engine "${missing}", which this version does not have; begin a new run, or go on ` +
      `with --engine ${defaults.engine} --force (the weights are then no longer those of one configuration)`,
  );
}

async function recordedIn(runDir: string, recorded: unknown, overrides: Overrides = {}) {
  const { recordedConfig } = await import('../config/load.js');
  return recordedConfig(recorded, overrides, `${runDir}/config.json`);
}
