/**
 * The schema as plain data: what editors complete from, and what `--set` and the error messages look up. Derived from
 * the schema, never written by hand.
 */
import * as z from 'zod';
import { wholeSchema } from './schema.js';

/** The part of JSON Schema that the configuration's schema uses. */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  /** What is expected, in words, where its other keywords cannot say it. */
  readonly title?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  /** What stands at keys that are the user's own; false: there are none. */
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Members of a family: mappings that their `name`, a `const`, tells apart. */
  readonly oneOf?: readonly SchemaNode[];
  /** A member's name, or a mapping with its options in place of it; or a number or a word; or a text, a list, a mapping. */
  readonly anyOf?: readonly SchemaNode[];
  readonly const?: string;
  readonly pattern?: string;
  /** Of a text that is a path: `path`. */
  readonly format?: string;
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
  cached ??= jsonSchemaOf(wholeSchema());
  return cached;
}

/** The same of a schema that has some of the members only. What refers to a definition is that very definition. */
export function jsonSchemaOf(schema: z.ZodType): SchemaNode {
  return linked(plainSchemaOf(schema));
}

/** As it is written out: lists in members that have such lists refer to a definition. */
export function plainSchema(): SchemaNode {
  return plainSchemaOf(wholeSchema());
}

function plainSchemaOf(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as SchemaNode;
}

/** Puts definitions in the place of references to them, which makes circles of lists in lists. */
function linked(root: SchemaNode): SchemaNode {
  const { definitions = {}, ...whole } = root as SchemaNode & { definitions?: Record<string, SchemaNode> };
  /** A reference stands by itself, or beside what is said of this place in a list of one. */
  const meant = (node: unknown): unknown => {
    const name = ownValue(node, '$ref') ?? ownValue(ownValue(ownValue(node, 'allOf'), 0), '$ref');
    return typeof name === 'string' ? meant(definitions[name.slice(name.lastIndexOf('/') + 1)]) : node;
  };
  const link = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      const there = meant(child);
      if (there === child) link(child);
      else Object.assign(node, { [key]: there });
    }
  };
  // Each by itself, before they are put into each other.
  for (const definition of Object.values(definitions)) link(definition);
  link(whole);
  return whole;
}

/** A family's members, where the node is a family. */
export function membersOf(node: SchemaNode): readonly SchemaNode[] | undefined {
  return node.oneOf ?? node.anyOf?.find(({ oneOf }) => oneOf)?.oneOf;
}

export function nameOf(member: SchemaNode): string {
  return member.properties?.name?.const ?? '';
}

/** The names of a family's members, e.g. `xor` and `mnist`. */
export function namesOf(family: SchemaNode): string[] {
  return (membersOf(family) ?? []).map(nameOf);
}

/** The member of a family that `value` names, by itself or in a mapping; a mapping without a name is the default's. */
export function memberOf(family: SchemaNode, value: unknown): SchemaNode | undefined {
  const members = membersOf(family);
  const name = typeof value === 'string' ? value : ownValue(value, 'name');
  if (name !== undefined) return members?.find((member) => nameOf(member) === name);
  return members?.find(({ required }) => !required?.includes('name'));
}

/** The keys that a mapping may have: those of the member that `value` names, of all members where it names none. */
export function keysOf(node: SchemaNode, value: unknown): Readonly<Record<string, SchemaNode>> {
  const all = membersOf(node);
  if (!all) return mappingOf(node)?.properties ?? {};
  const members = [memberOf(node, value) ?? all].flat();
  const name: SchemaNode = { type: 'string', enum: namesOf(node) };
  return Object.assign({}, ...members.map(({ properties }) => properties), { name });
}

/** The form of a node that is a mapping, and the one that is a list. */
const mappingOf = (node: SchemaNode) =>
  node.type === 'object' ? node : node.anyOf?.find(({ type }) => type === 'object');
export const listOf = (node: SchemaNode) =>
  node.type === 'array' ? node : node.anyOf?.find(({ type }) => type === 'array');

/** Whether what stands there may be a mapping. */
export const hasKeys = (node: SchemaNode) => membersOf(node) !== undefined || mappingOf(node) !== undefined;

/** The schema of what stands at a key, or a place, of what stands at `node`. @param value what stands there */
export function childOf(node: SchemaNode, value: unknown, key: PropertyKey): SchemaNode | undefined {
  if (typeof key === 'number') return listOf(node)?.items;
  const own = ownValue(keysOf(node, value), key);
  const { additionalProperties: any } = mappingOf(node) ?? {};
  return own ?? (typeof any === 'object' ? any : undefined);
}

/** The schema of what stands at `path` of `value`. */
export function schemaAt(path: readonly PropertyKey[], value: unknown): SchemaNode | undefined {
  let node: SchemaNode | undefined = jsonSchema();
  let here = value;
  for (const key of path) {
    if (!node) break;
    node = childOf(node, here, key);
    here = ownValue(here, key);
  }
  return node;
}

/** The paths of all keys that no list stands above, e.g. `train.batchSize`, `optimizer.learningRate`. */
export function allPaths(node = jsonSchema(), prefix = ''): string[] {
  const keys = Object.entries(node.properties ?? keysOf(node, undefined));
  const paths = keys.flatMap(([key, child]) => [prefix + key, ...allPaths(child, `${prefix}${key}.`)]);
  return [...new Set(paths)];
}

/** The value of an own property, undefined where there is none. */
export function ownValue<T>(container: Readonly<Record<PropertyKey, T>>, key: PropertyKey): T | undefined;
export function ownValue(container: unknown, key: PropertyKey): unknown;
export function ownValue(container: unknown, key: PropertyKey): unknown {
  const isOwn = typeof container === 'object' && container !== null && Object.hasOwn(container, key);
  return isOwn ? (container as Record<PropertyKey, unknown>)[key] : undefined;
}
