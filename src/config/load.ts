/** Reads and checks configurations, from a file or from an object. */
import { shortened, UserError } from '../errors.js';
import { oldKeyIn } from './moved.js';
import { describeProblems, type Places } from './problems.js';
import { type Config, configSchema } from './schema.js';
import { type Applied, applyOverrides, type Overrides } from './set.js';
import { readText } from './text.js';
import { shown } from './wording.js';
import { type Path, parseYaml } from './yaml.js';

export { jsonSchema } from './json-schema.js';
export type { Overrides } from './set.js';

/**
 * The configuration in a YAML file, with what is to replace parts of it, checked and with every default filled in.
 * @throws UserError with a line for each of the first problems, e.g.
 *   `config/mnist.yaml:7:5 train.batchSize: expected a whole number from 1 to 1048576, got 1.2`.
 */
export async function loadConfig(file: string, overrides: Overrides = {}): Promise<Config> {
  const name = shortened(file, 1000);
  const yaml = parseYaml(await readText(file), (position) => `${name}:${position}`);
  const { value } = yaml;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const what = value === null ? 'an empty file' : shown(value);
    throw new UserError(
      `${name}:${yaml.position([])}: expected a mapping (name, data, model, …), got ${what}`,
    );
  }
  const applied = applyOverrides(value, overrides);
  return checked(value, {
    at(path, isKey) {
      const override = overrideAt(applied, path);
      if (override) return placeOf(override, path);
      const position = isKey ? yaml.keyPosition(path) : yaml.position(path);
      return `${name}:${position} ${dotted(path)}`;
    },
    source: (path) => (overrideAt(applied, path) ? undefined : yaml.source(path)),
    isSet: (path) => isTarget(applied, path),
  });
}

const overrideAt = (applied: readonly Applied[], path: Path) =>
  applied.findLast((one) => one.path.every((key, i) => key === path[i]));

const isTarget = (applied: readonly Applied[], path: Path) =>
  applied.some(({ target }) => target === path.join('.'));

/** `--set train.batchSize=1.2`, and the path as well where that is not what the override names. */
function placeOf({ place, target }: Applied, path: Path): string {
  return target === path.join('.') ? place : `${place} ${dotted(path)}`;
}

const dotted = (path: Path) => shortened(path.join('.'));

/**
 * The configuration that a run was recorded with, with what is to replace parts of it. As `loadConfig`.
 * @param where what errors begin with
 */
export function recordedConfig(recorded: unknown, overrides: Overrides, where: string): Config {
  const value = structuredClone(recorded);
  if (typeof value !== 'object' || value === null) throw new UserError(`${where}: expected a configuration`);
  const old = oldKeyIn(value);
  if (old !== undefined) {
    throw new UserError(
      `${where}: is of gradpool 0.1, whose configurations had other keys (${old}); go on with it or repeat it with that ` +
        'version, or train anew with the keys of this one',
    );
  }
  const applied = applyOverrides(value, overrides);
  return checked(value, {
    at(path) {
      const override = overrideAt(applied, path);
      return override ? placeOf(override, path) : `${where} ${dotted(path)}`.trimEnd();
    },
    isSet: (path) => isTarget(applied, path),
  });
}

/**
 * The configuration that an object holds, checked and with every default filled in.
 * @param where what errors begin with, e.g. `my settings`.
 * @throws UserError as `loadConfig`, without lines and columns.
 */
export function parseConfig(input: unknown, where = ''): Config {
  return checked(input, { at: (path) => [where, dotted(path)].filter(Boolean).join(' ') || 'configuration' });
}

function checked(input: unknown, places: Places): Config {
  const result = configSchema.safeParse(input);
  if (result.success) return result.data;
  throw new UserError(describeProblems(result.error.issues, input, places));
}
