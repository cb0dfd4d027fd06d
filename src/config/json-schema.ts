/**
 * The schema as plain data: what editors complete from, and what `--set` and the error messages look up. Derived from
 * `configSchema`, never written by hand.
 */
import { z } from 'zod';
import { configSchema } from './schema.js';

/** The part of JSON Schema that the configuration's schema uses. */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Members of a family: mappings that their `name`, a `const`, tells apart. */
  readonly oneOf?: readonly SchemaNode[];
  /** A name, or a mapping with options in place of one. */
  readonly anyOf?: readonly SchemaNode[];
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
}

let cached: SchemaNode | undefined;

/** The JSON Schema (draft 7, which YAML language servers read) of what a user writes. Not to be changed. */
export function jsonSchema(): SchemaNode {
  cached ??= z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' }) as SchemaNode;
  return cached;
}

/** The names of a family's members, e.g. `xor` and `mnist`. */
export function namesOf(family: SchemaNode): string[] {
  return (family.oneOf ?? []).map(({ properties }) => properties?.name?.const ?? '');
}

/** The member of a family that `value` names, if it does. */
export function memberOf(family: SchemaNode, value: unknown): SchemaNode | undefined {
  const name = ownValue(value, 'name');
  return family.oneOf?.find(({ properties }) => name !== undefined && properties?.name?.const === name);
}

/** The keys that a mapping may have: those of the member that `value` names, of all members where it names none. */
export function keysOf(node: SchemaNode, value: unknown): Readonly<Record<string, SchemaNode>> {
  if (node.anyOf) return keysOf(node.anyOf.find(({ properties }) => properties) ?? {}, value);
  if (!node.oneOf) return node.properties ?? {};
  const members = [memberOf(node, value) ?? node.oneOf].flat();
  const name: SchemaNode = { type: 'string', enum: namesOf(node) };
  return Object.assign({}, ...members.map(({ properties }) => properties), { name });
}

/** The schema of what stands at `path` of `value`. */
export function schemaAt(path: readonly PropertyKey[], value: unknown): SchemaNode | undefined {
  let node: SchemaNode | undefined = jsonSchema();
  let here = value;
  for (const key of path) {
    if (!node) break;
    node = node.items ?? ownValue(keysOf(node, here), key);
    here = ownValue(here, key);
  }
  return node;
}

/** The paths of all keys that no list or family stands above, e.g. `train.batchSize`. */
export function allPaths(node = jsonSchema(), prefix = ''): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    prefix + key,
    ...allPaths(child, `${prefix}${key}.`),
  ]);
}

/** The value of an own property, undefined where there is none. */
export function ownValue<T>(container: Readonly<Record<PropertyKey, T>>, key: PropertyKey): T | undefined;
export function ownValue(container: unknown, key: PropertyKey): unknown;
export function ownValue(container: unknown, key: PropertyKey): unknown {
  const isOwn = typeof container === 'object' && container !== null && Object.hasOwn(container, key);
  return isOwn ? (container as Record<PropertyKey, unknown>)[key] : undefined;
}
