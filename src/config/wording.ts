/** How what was expected and what came are said in one line, harmless to a terminal. */
import { didYouMean, shortened } from '../errors.js';
import { allPaths, keysOf, memberOf, namesOf, type SchemaNode } from './json-schema.js';

export const quoted = (text: string): string => `"${shortened(text)}"`;

/** What came: `1.2`, `the string "1.2"`, `nothing`, `a mapping`. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return `the string ${quoted(value)}`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'function' ? 'a function' : shortened(String(value));
}

/** What is expected, e.g. `a whole number from 1 to 64`; `value`, what came, lets an example fit it. */
export function expected(node: SchemaNode, value?: unknown): string {
  if (node.enum) return `one of ${node.enum.join(', ')}`;
  if (node.anyOf)
    return `${node.anyOf.map((one) => (one.enum ? expected(one) : outline(one))).join(', or ')}`;
  switch (node.type) {
    case 'integer':
      return `a whole number from ${node.minimum} to ${node.maximum}`;
    case 'number':
      return `a number in ${interval(node)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list of ${node.minItems} to ${node.maxItems}`;
    case 'string':
      return node.minLength ? 'text that is not empty' : 'text';
    case 'object':
      return `a mapping with the keys ${Object.keys(node.properties ?? {}).join(', ')}`;
    default:
      return `a mapping such as ${example(node, value)}`;
  }
}

/** `{blas: {library: …}}` */
function outline(node: SchemaNode): string {
  const keys = Object.entries(node.properties ?? {}).map(([key, child]) => `${key}: ${outline(child)}`);
  return keys.length > 0 ? `{${keys.join(', ')}}` : '…';
}

/** `(0, 1000000]`, `[0, 1)`. */
function interval({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: SchemaNode): string {
  const from = exclusiveMinimum === undefined ? `[${minimum}` : `(${exclusiveMinimum}`;
  return `${from}, ${exclusiveMaximum === undefined ? `${maximum}]` : `${exclusiveMaximum})`}`;
}

/** `{name: uniform, range: …}` where `value` is "uniform", otherwise a member without options. */
function example(family: SchemaNode, value: unknown): string {
  const members = family.oneOf ?? [];
  const simplest = members.find(({ required }) => required?.length === 1) ?? members[0];
  const named = typeof value === 'string' ? members[namesOf(family).indexOf(value)] : undefined;
  const member = named ?? simplest;
  const keys = member.required?.map(
    (key) => `${key}: ${key === 'name' ? member.properties?.name.const : '…'}`,
  );
  return `{${keys?.join(', ')}}`;
}

/** `; did you mean "relu"?`, whatever the case and the order of the letters. */
export function suggestion(word: string, candidates: readonly string[]): string {
  // A word of this length is no slip of the finger, and comparing it would take long.
  if (word.length > 64) return '';
  const letters = (text: string) => [...text.toLowerCase()].sort().join('');
  const shuffled = candidates.find((candidate) => letters(candidate) === letters(word));
  return didYouMean(shuffled ?? word, candidates) || didYouMean(word.toLowerCase(), candidates);
}

/**
 * `unknown key "batchsize"; did you mean "batchSize"?`, or where such a key belongs, or what is allowed here.
 * @param schema of the mapping `value` that has the key, or is to have it.
 */
export function unknownKey(key: string, schema: SchemaNode, value: unknown): string {
  const member = memberOf(schema, value);
  const allowed = Object.keys(keysOf(schema, value));
  if (member) {
    const options = allowed.filter((option) => option !== 'name');
    const hint = suggestion(key, allowed) || `; it takes ${options.join(', ') || 'no options'}`;
    return `unknown key ${quoted(key)} for "${member.properties?.name.const}"${hint}`;
  }
  const elsewhere = allPaths().find(
    (path) => suggestion(key, [path.slice(path.lastIndexOf('.') + 1)]) !== '',
  );
  const hint = suggestion(key, allowed) || (elsewhere && `; did you mean "${elsewhere}"?`);
  return `unknown key ${quoted(key)}${hint || `; expected one of ${allowed.join(', ')}`}`;
}
