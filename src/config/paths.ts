/** Paths in a configuration become whole ones. */
import { resolve } from 'node:path';
import { jsonSchema, keysOf, ownValue, type SchemaNode } from './json-schema.js';
import type { Path } from './yaml.js';

/**
 * A checked configuration with all its paths absolute: what is recorded is the same from any folder.
 * @param base the folder that the text at a path of the configuration is relative to
 */
export function resolvePaths<T>(config: T, base: (path: Path) => string): T {
  return resolved(config, jsonSchema(), [], base) as T;
}

function resolved(value: unknown, node: SchemaNode, path: Path, base: (path: Path) => string): unknown {
  if (typeof value === 'string') {
    const isPath = node.format === 'path' || (node.format === 'path or name' && /[/\\]/.test(value));
    return isPath ? resolve(base(path), value) : value;
  }
  if (Array.isArray(value)) {
    return value.map((each, index) => resolved(each, node.items ?? {}, [...path, index], base));
  }
  if (typeof value !== 'object' || value === null) return value;
  const keys = keysOf(node, value);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      resolved(each, ownValue(keys, key) ?? {}, [...path, key], base),
    ]),
  );
}
