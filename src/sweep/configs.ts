/** The configurations of a sweep's trials: its base with the trial's values put at their paths. */
import { type ConfigFile, openConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { parseYaml } from '../config/yaml.js';
import { isUserError, shortened, UserError } from '../errors.js';
import type { Sweep } from './spec.js';

export interface Configs {
  /** The base's own, with the goal as its monitor. */
  readonly base: Config;
  /** @throws UserError where the values do not go together */
  of(values: readonly unknown[]): Config;
  /** @throws UserError at a parameter whose path there is not */
  checkPaths(values: readonly unknown[]): void;
  /** What an error of `of` says of one parameter's value; undefined: it is at another place. */
  saidOf(message: string, parameter: number, value: unknown): string | undefined;
}

/** @throws UserError where the base is no configuration */
export async function openConfigs(sweep: Sweep): Promise<Configs> {
  const file: ConfigFile = await openConfig(sweep.base).catch((error) => {
    throw isUserError(error) ? sweep.error(['base'], error.message) : error;
  });
  const monitor = `train.validate.monitor=${sweep.metric}`;
  const all = (values: readonly unknown[]) =>
    sweep.parameters.map(({ path }, k) => `${path}=${textOf(values[k])}`);
  const saidOf: Configs['saidOf'] = (message, parameter, value) => {
    const place = `--set ${shortened(`${sweep.parameters[parameter].path}=${textOf(value)}`)}`;
    const line = message.split('\n').find((each) => each.startsWith(place));
    return line?.slice(place.length).replace(/^:? /, '');
  };
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
          throw sweep.error(['parameters', path], saidOf(error.message, k, values[k]) ?? error.message, true);
        }
      }
    },
    saidOf,
  };
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
