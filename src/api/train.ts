/** `train` as a function: a configuration in, trained parameters out. */
import type { Overrides } from '../config/load.js';
import type { ConfigInput } from '../config/schema.js';
import { UserError } from '../errors.js';
import type { TrainResult } from '../protocol.js';
import { version } from '../version.js';
import { type RunSettings, runPlan } from './run.js';

export interface TrainOptions extends RunSettings {
  /** Folder to write the run to; true: `runs/<name>-<time>`; false, the default: nothing is written. */
  runDir?: string | boolean;
  /** Values to put in place of those of a configuration file; not for a configuration given as an object. */
  overrides?: Overrides;
}

/**
 * Trains the network that a configuration describes, on threads of its own: the calling thread stays free.
 *
 * @param source a configuration, or the path of a YAML file that holds one.
 * @returns the trained parameters by name, and the summary that the `done` event carries too.
 * @throws an Error named `UserError` for anything that the caller can mend, told in one line; one named `RunFailure`
 *   where workers fail again and again; the signal's reason where it was aborted before training began.
 */
export async function train(source: ConfigInput | string, options: TrainOptions = {}): Promise<TrainResult> {
  const { runDir = false, overrides } = options;
  if (runDir === '') throw new UserError('run folder: expected a path, got ""');
  return runPlan(options, async () => {
    const { loadConfig, parseConfig } = await import('../config/load.js');
    const config = typeof source === 'string' ? await loadConfig(source, overrides) : parseConfig(source);
    const folder =
      runDir === true ? (await import('../runs/folder.js')).defaultRunDir(config.name, new Date()) : runDir;
    return { config, options: { runDir: folder === false ? null : folder, version } };
  });
}
