/** `train` as a function: a configuration in, trained parameters out. */
import { resolve } from 'node:path';
import type { Overrides } from '../config/load.js';
import type { ConfigInput } from '../config/schema.js';
import { UserError } from '../errors.js';
import { missingFolders } from '../machine/disk.js';
import { refuseLatest } from '../runs/latest.js';
import { checkRunDir, newRunFolder } from '../runs/name.js';
import { weightsPath } from '../runs/weights.js';
import { version } from '../version.js';
import type { Place, Plan } from './plan.js';
import { type RunSettings, runChecks, runPlan, type TrainRun } from './run.js';
import { checkSettings, configOf, flag, overrides } from './settings.js';

/** How a run is begun, and where it is written to. */
export interface TrainOptions extends RunSettings {
  /** Folder to write the run to; true: `runs/<name>-<time>`; false, the default: nothing is written. */
  runDir?: string | boolean;
  /**
   * Begin with the weights of another run (its folder, or `runs/latest`) or of a file of weights, by the names and shapes
   * of its tensors. All of them must fit.
   */
  initFrom?: string;
  /** With `initFrom`: tensors that it lacks, or has in another shape, are drawn, and others that it has are left out. */
  allowMissing?: boolean;
  /** Values to put in place of those of the configuration. */
  overrides?: Overrides;
}

/**
 * Trains the network that a configuration describes, on threads of its own: the calling thread stays free.
 *
 * @param source a configuration, or the path of a YAML file that holds one.
 * @returns a promise of the trained parameters by name and the summary that the `done` event carries too, which is also
 *   the run's events, for `for await`.
 * @throws UserError for anything that the caller can mend, told in one line; RunFailure where workers fail again and
 *   again; the signal's reason where it was aborted before training began.
 */
export function train(source: ConfigInput | string, options: TrainOptions = {}): TrainRun {
  const check = () => {
    checkSettings<TrainOptions>('train', options, {
      ...runChecks,
      runDir,
      initFrom,
      allowMissing: flag,
      overrides,
    });
    if (options.initFrom === undefined && options.allowMissing) {
      throw new UserError('allowMissing: goes with initFrom only');
    }
  };
  const prepare = async ({ cwd, disk }: Place): Promise<Plan> => {
    const { runDir: wanted = false, initFrom: from, allowMissing = false } = options;
    const config = await configOf(source, options.overrides, cwd);
    const initial =
      from === undefined ? undefined : { path: resolve(cwd, await weightsPath(disk, from)), allowMissing };
    const plan = (path: string | null, folders: string[]) => ({
      config,
      options: { runDir: path, version, initFrom: initial },
      folders,
    });
    if (wanted === false) return plan(null, []);
    if (wanted !== true) return plan(wanted, await missingFolders(disk, wanted));
    const { path, made } = await newRunFolder(disk, config.name, new Date());
    return plan(path, made);
  };
  return runPlan(options, prepare, check);
}

/** @throws UserError for what is no path */
function initFrom(value: unknown): void {
  checkRunDir(value);
}

/** @throws UserError for what is no folder of a new run */
function runDir(value: unknown): void {
  if (typeof value !== 'boolean') refuseLatest(checkRunDir(value));
}
