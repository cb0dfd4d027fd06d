/** The configurations of a sweep's trials: its base with the trial's values put at their paths. */
import { type ConfigFile, openConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { parseYaml } from '../config/yaml.js';
import { isUserError, UserError } from '../errors.js';
import type { Sweep } from './spec.js';
import { pointsOf } from './table.js';

export interface Configs {
  /** The base's own, with the goal as its monitor. */
  readonly base: Config;
  /** @throws UserError where the values do not go together */
  of(values: readonly unknown[]): Config;
  /** @throws UserError at a parameter whose path there is not */
  checkPaths(values: readonly unknown[]): void;
}

/** @throws UserError where the base is no configuration */
export async function openConfigs(sweep: Sweep): Promise<Configs> {
  const file: ConfigFile = await openConfig(sweep.base);
  const monitor = `train.validate.monitor=${sweep.metric}`;
  const all = (values: readonly unknown[]) =>
    sweep.parameters.map(({ path }, k) => `${path}=${textOf(values[k])}`);
  return {
    base: file.config({ set: [monitor] }),
    of: (values) => file.config({ set: [...all(values), monitor] }),
    checkPaths(values) {
      const set = all(values);
      for (const [k, { path }] of sweep.parameters.entries()) {
        try {
          // After those before it: one may name what the next is an option of.
          file.checkPaths({ set: set.slice(0, k + 1) });
        } catch (error) {
          if (!isUserError(error)) throw error;
          const what = error.message.startsWith(`--set ${set[k].slice(0, 20)}`)
            ? error.message.replace(/^--set .*?: /s, '')
            : error.message;
          throw sweep.error(['parameters', path], what, true);
        }
      }
    },
  };
}

/** Configurations that are looked at before anything runs. */
const MOST_CHECKED = 64;

/** @throws UserError for a path that there is not, and where none of the first trials could begin */
export function checkTrials(sweep: Sweep, configs: Configs): void {
  const { search } = sweep.record;
  const points = pointsOf(sweep, 1, Math.min(MOST_CHECKED, search.round, search.trials), []);
  configs.checkPaths(points[0]);
  let wrong: UserError | undefined;
  for (const values of points) {
    try {
      configs.of(values);
      return;
    } catch (error) {
      if (!isUserError(error)) throw error;
      wrong ??= error;
    }
  }
  throw sweep.error(['parameters'], `none of the first ${points.length} trials can begin: ${wrong?.message}`);
}

/** As `--set` takes it. A text stands for itself, but for one that YAML would take for something else. */
function textOf(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  try {
    if (parseYaml(value, () => '').value === value) return value;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return JSON.stringify(value);
}
