/** Reads and checks configurations, from a file or from an object. */
import { dirname, resolve } from 'node:path';
import { shortened, UserError } from '../errors.js';
import { families } from './families.js';
import { checkFor } from './few.js';
import { jsonSchema, ownValue } from './json-schema.js';
import { oldKeyIn } from './moved.js';
import { mayHavePaths } from './named.js';
import { resolvePaths } from './paths.js';
import { describeProblems, type Places } from './problems.js';
import { type Config, wholeSchema } from './schema.js';
import { type Applied, applyOverrides, type Overrides } from './set.js';
import { readText } from './text.js';
import { shown } from './wording.js';
import { type Path, parseYaml } from './yaml.js';

export { defaults } from './families.js';
export { jsonSchema } from './json-schema.js';
export type { Overrides } from './set.js';

/**
 * The configuration in a YAML or JSON file, with what is to replace parts of it, checked, with every default filled in
 * and all paths absolute: those in the file are relative to its folder, those of overrides to the working directory.
 * A run's `config.json` stands for the configuration in it.
 * @param file `-` is standard input, whose paths are relative to the working directory
 * @throws UserError with a line for each of the first problems, e.g.
 *   `config/mnist.yaml:7:5 train.batchSize: expected a whole number from 1 to 1048576, got 1.2`.
 */
export async function loadConfig(file: string, overrides: Overrides = {}): Promise<Config> {
  return (await openConfig(file)).config(overrides);
}

/** A file that was read once, for many configurations. */
export interface ConfigFile {
  /** As `loadConfig`. @throws as it */
  config(overrides: Overrides): Config;
  /** @throws UserError where an override names what the configuration cannot have; its value is not looked at. */
  checkPaths(overrides: Overrides): void;
}

/** @throws UserError where there is no mapping in it */
export async function openConfig(file: string): Promise<ConfigFile> {
  const here = process.cwd();
  const folder = file === '-' ? here : dirname(resolve(file));
  const name = file === '-' ? 'standard input' : shortened(file, 1000);
  const yaml = parseYaml(await readText(file), (position) => `${name}:${position}`);
  const { value, above } = configIn(yaml.value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const what = value === null ? 'an empty file' : shown(value);
    throw new UserError(
      `${name}:${yaml.position(above)}: expected a mapping (name, data, model, …), got ${what}`,
    );
  }
  const isSweep = ['base', 'search', 'parameters'].every((key) => ownValue(value, key) !== undefined);
  if (isSweep) throw new UserError(`${name}: is a sweep file; run it with gradpool sweep ${name}`);
  return {
    config(overrides) {
      const own = structuredClone(value);
      const applied = applyOverrides(own, overrides);
      const places: Places = {
        at(path, isKey) {
          const override = overrideAt(applied, path);
          if (override) return placeOf(override, path);
          const whole = [...above, ...path];
          return `${name}:${isKey ? yaml.keyPosition(whole) : yaml.position(whole)} ${dotted(path)}`.trimEnd();
        },
        source: (path) => (overrideAt(applied, path) ? undefined : yaml.source([...above, ...path])),
        isSet: (path) => isTarget(applied, path),
      };
      return checked(own, places, (path) => (overrideAt(applied, path) ? here : folder));
    },
    checkPaths(overrides) {
      applyOverrides(structuredClone(value), overrides);
    },
  };
}

/** What a file holds: a configuration, or what a run recorded, with the path of the configuration in it. */
function configIn(value: unknown): { value: unknown; above: Path } {
  const config = ownValue(value, 'config');
  const isRecorded = typeof ownValue(value, 'gradpool') === 'string' && config !== undefined;
  return isRecorded ? { value: config, above: ['config'] } : { value, above: [] };
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
 * The engine that a run came to, where this version does not have it.
 * @param engine what the run's record says of its engine, as it was read
 */
export function missingEngine(engine: unknown): string | undefined {
  const name = ownValue(engine, 'name');
  return typeof name === 'string' && !Object.hasOwn(families.engines, name) ? shortened(name) : undefined;
}

/**
 * The configuration that an object holds, checked and with every default filled in.
 * @param where what errors begin with, e.g. `my settings`.
 * @param overrides what to put in place of parts of it; the object itself stays as it is.
 * @throws UserError as `loadConfig`, without lines and columns.
 */
export function parseConfig(input: unknown, where = '', overrides?: Overrides): Config {
  const copy = overrides && copyOf(input);
  const applied = overrides && copy ? applyOverrides(copy, overrides) : [];
  return checked(copy ?? input, {
    at(path) {
      const override = overrideAt(applied, path);
      if (override) return placeOf(override, path);
      return [where, dotted(path)].filter(Boolean).join(' ') || 'configuration';
    },
    isSet: (path) => isTarget(applied, path),
  });
}

/** A mapping that may be changed; undefined for what is none. */
function copyOf(input: unknown): object | undefined {
  return isPlain(input) ? (copied(input, 0) as object) : undefined;
}

/** Deeper than any configuration: what holds itself is not followed for ever. */
const MOST_DEPTH = 32;

/** Mappings and lists are copied; what a program hands over beside them, as typed arrays and iterables, stays what it is. */
function copied(value: unknown, depth: number): unknown {
  if (depth > MOST_DEPTH) return value;
  if (Array.isArray(value)) return value.map((each) => copied(each, depth + 1));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copied(each, depth + 1)]));
}

/** Of any realm: a test runner has an `Object` of its own. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Symbol.iterator in value || Symbol.asyncIterator in value) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function checked(input: unknown, places: Places, base: (path: Path) => string = () => process.cwd()): Config {
  const few = checkFor(input);
  // A check that is made for few values is not worth compiling.
  const right = few.schema.safeParse(input, { jitless: true });
  if (right.success) {
    if (!mayHavePaths(right.data)) return right.data;
    return resolvePaths(right.data, few.node(), base);
  }
  const result = wholeSchema().safeParse(input);
  if (result.success) return resolvePaths(result.data, jsonSchema(), base);
  throw new UserError(describeProblems(result.error.issues, input, places));
}
