/**
 * What is put in place of a configuration's values from outside it: `--set path=value` and its short forms. Follows
 * the schema key by key, so it reaches nothing else.
 */
import { isUserError, shortened, UserError } from '../errors.js';
import { checkFor } from './few.js';
import {
  childOf,
  hasKeys,
  jsonSchema,
  listOf,
  memberOf,
  membersOf,
  ownValue,
  type SchemaNode,
} from './json-schema.js';
import { gone, movedTo } from './moved.js';
import { unknownKey } from './wording.js';
import { maxBytes, type Path, parseYaml } from './yaml.js';

/** Values to put in place of those of a configuration. */
export interface Overrides {
  /** `path=value`, e.g. `train.batchSize=32` or `model.layers.0.units=50`; the last of several wins. */
  set?: readonly string[];
  /** In place of `seed`. */
  seed?: number;
  /** In place of `train.epochs`. */
  epochs?: number;
  /** In place of `engine`. */
  engine?: string;
}

/** A value that an override put somewhere. */
export interface Applied {
  /** Where it starts: what the override names, or what had to be made above it. */
  readonly path: Path;
  /** How an error names it, e.g. `--set train.batchSize=1.2`. */
  readonly place: string;
  /** What it names, e.g. `train.batchSize`. */
  readonly target: string;
}

/**
 * Puts every override into `config`, a mapping of plain values, which changes.
 * @throws UserError for a path that the schema does not have or a value that is not YAML. Whether the value is
 *   right for its place is left to the schema.
 */
export function applyOverrides(config: object, overrides: Overrides): Applied[] {
  const applied: Applied[] = [];
  for (const text of overrides.set ?? []) {
    const place = `--set ${shortened(text)}`;
    const [, target, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (!target?.trim()) {
      throw new UserError(`${place}: expected path=value, e.g. --set train.batchSize=32`);
    }
    const of = (schema: SchemaNode) => typed(value, schema, place);
    applied.push(...putQuickly(config, target.trim(), place, of, text));
  }
  const { seed, epochs, engine } = overrides;
  for (const [flag, target, value] of [
    ['seed', 'seed', seed],
    ['epochs', 'train.epochs', epochs],
    ['engine', 'engine', engine],
  ] as const) {
    if (value === undefined) continue;
    // Whatever members there are, these keys are there.
    applied.push(...put(config, target, `--${flag}`, () => value, checkFor(undefined).node()));
  }
  return applied;
}

/** Text where the schema wants text, so that `name=007` and `data.path=[x]` stand as they are; otherwise YAML. */
function typed(text: string, schema: SchemaNode, place: string): unknown {
  if (Buffer.byteLength(text) > maxBytes) {
    throw new UserError(`${place}: expected a value of at most ${maxBytes / 1024} KiB`);
  }
  return schema.type === 'string' ? text : parseYaml(text, () => place).value;
}

/**
 * As `put`, by the schema of the members that `config` and `text` name, which is made in a tenth of the time. Where that one
 * has no place for the value, all of them tell why.
 */
function putQuickly(
  config: object,
  target: string,
  place: string,
  value: (schema: SchemaNode) => unknown,
  text: string,
): Applied[] {
  const undo: (() => void)[] = [];
  try {
    const few = checkFor([config, text.match(/[\w-]+/g)]).node();
    const applied = put(config, target, place, value, few, undo);
    if (applied.length > 0) return applied;
  } catch (error) {
    if (!isUserError(error)) throw error;
  }
  for (const back of undo.reverse()) back();
  return put(config, target, place, value);
}

/**
 * Puts a value at `target`, a path such as `model.layers.0.units`, and makes the mappings on the way to it. Puts
 * it nowhere, and returns an empty list, where a value of the wrong type is in the way: the schema tells of that.
 * @param undo given with a schema of some members, which does not say what a key is of a mapping that names none yet
 */
function put(
  config: object,
  target: string,
  place: string,
  value: (schema: SchemaNode) => unknown,
  schema = jsonSchema(),
  undo?: (() => void)[],
): Applied[] {
  const keys = target.split('.');
  const path: PropertyKey[] = [];
  let made: Path | undefined;
  let container = config as Record<PropertyKey, unknown>;
  for (;;) {
    if (undo && membersOf(schema) && !memberOf(schema, container)) return [];
    const [key, child] = step(container, schema, keys[path.length], path, place);
    path.push(key);
    if (path.length === keys.length) {
      container[key] = value(child);
      return [{ path: made ?? path, place, target }];
    }
    if (!listOf(child) && !hasKeys(child)) {
      throw new UserError(`${place}: there is nothing below "${path.join('.')}"`);
    }
    const name = ownValue(container, key);
    const [at, had] = [container, Object.hasOwn(container, key)];
    undo?.push(() => {
      if (had) at[key] = name;
      else delete at[key];
    });
    if (membersOf(child) && typeof name === 'string') {
      // A member's bare name says the same as a mapping with nothing but it.
      container[key] = { name };
    } else if (name === undefined || name === null) {
      if (child.items) throw new UserError(`${place}: there is no "${path.join('.')}" to change`);
      container[key] = {};
      made ??= [...path];
    }
    const next = container[key];
    if (typeof next !== 'object' || (Array.isArray(next) ? !listOf(child) : !hasKeys(child))) {
      if (!child.anyOf || membersOf(child)) return [];
      const whole = path.join('.');
      throw new UserError(`${place}: "${whole}" is no mapping here; replace it whole: --set '${whole}={…}'`);
    }
    container = next as Record<PropertyKey, unknown>;
    schema = child;
  }
}

/** One key further down: the key as the container has it, and the schema of what stands there. */
function step(
  container: object,
  schema: SchemaNode,
  key: string,
  path: Path,
  place: string,
): [PropertyKey, SchemaNode] {
  const { items } = listOf(schema) ?? {};
  if (items && Array.isArray(container)) {
    if (/^\d{1,9}$/.test(key) && Number(key) < container.length) return [Number(key), items];
    const last = container.length - 1;
    throw new UserError(
      `${place}: expected an entry of "${path.join('.')}" from 0 to ${last}, got "${shortened(key)}"`,
    );
  }
  const child = childOf(schema, container, key);
  // To set it would set what the mapping inherits from, and leave no trace.
  if (child && key === '__proto__') throw new UserError(`${place}: the key "__proto__" is not allowed`);
  if (child) return [key, child];
  const moved = movedTo([...path, key]) ?? gone(path, ownValue(container, 'name'));
  if (moved) throw new UserError(`${place}: ${moved}`);
  throw new UserError(`${place}: ${unknownKey(key, schema, container)}`);
}
