/** Checks of the few members that a configuration names, kept: to make one takes 30 times as long as to use it. */
import { jsonSchemaOf, type SchemaNode } from './json-schema.js';
import { familiesNamedIn } from './named.js';
import { schemaOf } from './schema.js';

/** A check, and its JSON Schema. */
interface Check {
  readonly schema: ReturnType<typeof schemaOf>;
  node(): SchemaNode;
}

/** By the members that they know: a sweep uses each often. */
const checks = new Map<string, Check>();
const MOST_CHECKS = 32;

/** The check of what `input` names, which may be part of a configuration, or words. What is wrong by it may only lack a member. */
export function checkFor(input: unknown): Check {
  const named = familiesNamedIn(input);
  const key = JSON.stringify(Object.values(named).map((members) => Object.keys(members)));
  const known = checks.get(key);
  if (known !== undefined) return known;
  const schema = schemaOf(named);
  let node: SchemaNode | undefined;
  const made: Check = {
    schema,
    node: () => {
      node ??= jsonSchemaOf(schema);
      return node;
    },
  };
  if (checks.size >= MOST_CHECKS) checks.clear();
  checks.set(key, made);
  return made;
}
