/** Paths in a configuration become whole ones. */
import { resolve } from 'node:path';
import { childOf, membersOf, type SchemaNode } from './json-schema.js';
import type { Path } from './yaml.js';

/**
 * A checked configuration with all its paths absolute: what is recorded is the same from any folder.
 * @param schema what it fits, which may lack what it does not name
 * @param base the folder that the text at a path of the configuration is relative to
 */
export function resolvePaths<T>(config: T, schema: SchemaNode, base: (path: Path) => string): T {
  return resolved(config, schema, [], base) as T;
}

function resolved(value: unknown, whole: SchemaNode, path: Path, base: (path: Path) => string): unknown {
  const node = formFor(value, whole);
  if (typeof value === 'string') {
    return node.format === 'path' ? resolve(base(path), value) : value;
  }
  // What a program hands over has no schema below it, and no paths: it stays the very object.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || isBlank(node)) return value;
  if (Array.isArray(value)) {
    return value.map((each, index) =>
      resolved(each, childOf(node, value, index) ?? {}, [...path, index], base),
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      resolved(each, childOf(node, value, key) ?? {}, [...path, key], base),
    ]),
  );
}

/** Of a value that may be written in several forms, the one that it has. */
function formFor(value: unknown, node: SchemaNode): SchemaNode {
  if (node.anyOf === undefined || membersOf(node) !== undefined) return node;
  const type = Array.isArray(value) ? 'array' : typeof value;
  return node.anyOf.find((one) => one.type === type) ?? node.anyOf.find(isBlank) ?? node;
}

const isBlank = (node: SchemaNode) =>
  ['type', 'properties', 'items', 'oneOf', 'anyOf'].every((key) => !Object.hasOwn(node, key));
