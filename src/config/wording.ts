/** How what was expected and what came are said in one line, harmless to a terminal. */
import { didYouMean, quoted, shortened } from '../errors.js';
import { keyElsewhere, lettersOf, optionElsewhere } from './elsewhere.js';
import {
  allPaths,
  jsonSchema,
  keysOf,
  memberOf,
  membersOf,
  nameOf,
  namesOf,
  type SchemaNode,
} from './json-schema.js';

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
  if (node.title && node.type !== 'object') return node.title;
  if (node.enum) return `one of ${node.enum.join(', ')}`;
  if (membersOf(node)) return expectedMember(node, value);
  if (node.const) return node.const;
  if (node.anyOf) return node.anyOf.map((one) => expected(one, value)).join(', or ');
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
      if (node.properties) return `a mapping with the keys ${Object.keys(node.properties).join(', ')}`;
      return typeof node.additionalProperties === 'object'
        ? `a mapping of names to ${expected(node.additionalProperties)}`
        : 'a mapping';
    default:
      return 'a value';
  }
}

/** `one of linear, relu`, and with options `or a mapping such as {name: mnist, path: …}`. */
function expectedMember(family: SchemaNode, value: unknown): string {
  const members = membersOf(family) ?? [];
  const named = typeof value === 'string' ? memberOf(family, value) : undefined;
  if (named) return `a mapping such as ${example(named)}`;
  if (value === undefined) return `one of ${namesOf(family).join(', ')}`;
  const withOptions = members.find(({ properties = {} }) => Object.keys(properties).length > 1);
  const bare = family.anyOf?.find((one) => one.enum);
  return [bare && expected(bare), withOptions && `a mapping such as ${example(withOptions)}`]
    .filter(Boolean)
    .join(', or ');
}

/** `{name: uniform, range: …}`: what is needed, or else the first option. */
function example(member: SchemaNode): string {
  const options = Object.keys(member.properties ?? {}).filter((key) => key !== 'name');
  const needed = options.filter((key) => member.required?.includes(key));
  const keys = (needed.length > 0 ? needed : options.slice(0, 1)).map((key) => `, ${key}: …`);
  return `{name: ${nameOf(member)}${keys.join('')}}`;
}

/** `(0, 1000000]`, `[0, 1)`. */
function interval({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: SchemaNode): string {
  const from = minimum === undefined ? `(${exclusiveMinimum ?? '−∞'}` : `[${minimum}`;
  return `${from}, ${maximum === undefined ? `${exclusiveMaximum ?? '∞'})` : `${maximum}]`}`;
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
 * `; "gelu" is an activation: write { name: activation, activation: gelu }`, where `word` is no member of the family, but
 * all that one of them needs; else empty.
 */
export function asOption(family: SchemaNode, word: string): string {
  for (const member of membersOf(family) ?? []) {
    const [key, ...others] = (member.required ?? []).filter((each) => each !== 'name');
    const option = key === undefined ? undefined : member.properties?.[key];
    const found = option && namesOf(option).find((name) => lettersOf(name) === lettersOf(word));
    if (found === undefined || others.length > 0) continue;
    const article = /^[aeiou]/.test(key) ? 'an' : 'a';
    return `; "${word}" is ${article} ${key}: write { name: ${nameOf(member)}, ${key}: ${found} }`;
  }
  return '';
}

/** `; it is a layer of its own: write { name: prelu } in model.layers`, where `word` stands for an activation; else empty. */
export function asLayer(kind: string, word: string): string {
  const layers = jsonSchema().properties?.model?.properties?.layers;
  if (kind !== 'activation' || !namesOf(layers?.items ?? {}).includes(word)) return '';
  return `; it is a layer of its own: write { name: ${word} } in model.layers`;
}

/** `; did you mean "silu"?` of "swish", where a member's description says that this is what others call it; else empty. */
export function alsoCalled(family: SchemaNode, word: string): string {
  if (word.length > 64) return '';
  const member = membersOf(family)?.find(({ properties }) =>
    properties?.name?.description?.includes(`also called ${word.toLowerCase()}`),
  );
  return member ? `; did you mean "${nameOf(member)}"?` : '';
}

const everyPath = () => allPaths().filter((path) => path !== '$schema');
const last = (path: string) => path.slice(path.lastIndexOf('.') + 1);

/** `; did you mean "train.clip"?` of "clip", which is a key, but not here. */
const rightElsewhere = (key: string) =>
  meantBy(
    key,
    everyPath().find((path) => last(path) === key),
  );

/** A hint that is the refused word says nothing: the key is right, but its place is not. */
function meantBy(key: string, path: string | undefined): string {
  if (path === undefined) return '';
  return path === key ? '; it belongs at the top level' : `; did you mean "${path}"?`;
}

/** As `suggestion`; a part of a key, such as "rate", or its initials, "lr", are nearer to it than what looks alike. */
function keyHint(key: string, allowed: readonly string[]): string {
  const whole = onlyOne(allowed.filter((candidate) => isPart(key, candidate)));
  return whole ? `; did you mean "${whole}"?` : suggestion(key, allowed);
}

const isPart = (part: string, whole: string) =>
  part === initials(whole) ||
  (part.length > 3 && part.length < whole.length && whole.toLowerCase().includes(part.toLowerCase()));

/** `lr` of `learningRate`; empty for a single word. */
const initials = (key: string) =>
  /[A-Z]/.test(key) ? (key[0] + key.replace(/[^A-Z]/g, '')).toLowerCase() : '';

const onlyOne = <T>(found: readonly T[]): T | undefined => (found.length === 1 ? found[0] : undefined);

/**
 * `unknown key "batchsize"; did you mean "batchSize"?`, or where such a key belongs, or what is allowed here.
 * @param schema of the mapping `value` that has the key, or is to have it.
 */
export function unknownKey(key: string, schema: SchemaNode, value: unknown): string {
  const member = memberOf(schema, value);
  // `$schema` may be there, but is for editors.
  const allowed = Object.keys(keysOf(schema, value)).filter((each) => each !== '$schema');
  if (member) {
    const options = allowed.filter((option) => option !== 'name');
    const others = (membersOf(schema) ?? []).filter(({ properties }) => Object.hasOwn(properties ?? {}, key));
    const whose =
      others.length > 0
        ? `, and ${quoted(key)} is an option of ${others.map((one) => `"${nameOf(one)}"`).join(', ')}`
        : '';
    const called = optionElsewhere(key, options) || keyElsewhere(key);
    const number = allowed.find((each) => each === `${key}s` || `${each}s` === key);
    const hint =
      (number && `; did you mean ${quoted(number)}?`) ||
      (others.length === 0 && (called || keyHint(key, allowed) || rightElsewhere(key))) ||
      `; it takes ${options.join(', ') || 'no options'}${whose}`;
    return `unknown key ${quoted(key)} for "${nameOf(member)}"${hint}`;
  }
  const paths = everyPath();
  const elsewhere =
    paths.find((path) => path === key) ??
    paths.find((path) => last(path) === key) ??
    onlyOne(paths.filter((path) => isPart(key, last(path)))) ??
    // Of a short word almost any is a slip of the finger.
    (key.length > 3 ? paths.find((path) => suggestion(key, [last(path)]) !== '') : undefined);
  const hint = keyHint(key, allowed) || keyElsewhere(key) || meantBy(key, elsewhere);
  return `unknown key ${quoted(key)}${hint || `; expected one of ${allowed.join(', ')}`}`;
}
