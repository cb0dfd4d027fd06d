/** Paths in a configuration become whole ones. */
import { resolve } from 'node:path';
import { childOf, jsonSchema, type SchemaNode } from './json-schema.js';
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
    const { format } = node.anyOf?.find(({ type }) => type === 'string') ?? node;
    const isPath = format === 'path' || (format === 'path or name' && /[/\\]/.test(value));
    return isPath ? resolve(base(path), value) : value;
  }
  if (Array.isArray(value)) {
    return value.map((each, index) =>
      resolved(each, childOf(node, value, index) ?? {}, [...path, index], base),
    );
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      resolved(each, childOf(node, value, key) ?? {}, [...path, key], base),
    ]),
  );
}
