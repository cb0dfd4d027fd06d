/** What is wrong with a configuration, one line each. Knows the schema, not where the configuration came from. */

import type * as z from 'zod';
import { quoted, shortened } from '../errors.js';
import { isMapping } from '../formats/json.js';
import { keysOf, memberOf, nameOf, namesOf, ownValue, type SchemaNode, schemaAt } from './json-schema.js';
import { calledElsewhere, gone, movedTo } from './moved.js';
import { alsoCalled, asLayer, asOption, expected, shown, suggestion, unknownKey } from './wording.js';
import type { Path } from './yaml.js';

/** How a source of configurations names its places. */
export interface Places {
  /** What stands before the colon, e.g. `config/mnist.yaml:7:5 train.batchSize`; of the key rather than its value. */
  at(path: Path, isKey: boolean): string;
  /** A plain value as it is written, e.g. `2e400`. */
  source?(path: Path): string | undefined;
  /** Whether an override put a value just there. */
  isSet?(path: Path): boolean;
}

type Issue = z.core.$ZodIssue;

interface Problem {
  path: Path;
  isKey: boolean;
  text(): string;
}

const most = 5;

/** One line a problem, at most five, and how many more there are. */
export function describeProblems(found: readonly Issue[], input: unknown, places: Places): string {
  const issues = found.flatMap((issue) => unfolded(issue, input));
  const unknownKeys = new Map<string, readonly string[]>();
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') unknownKeys.set(issue.path.join('.'), issue.keys);
  }
  // By path: one value may break two rules, and its one line names both.
  const problems = new Map<string, Problem>();
  for (const issue of issues) {
    for (const problem of problemsOf(issue, unknownKeys, input, places)) {
      problems.set(problem.path.join('.'), problem);
    }
  }
  const lines = [...problems.values()]
    .slice(0, most)
    .map(({ path, isKey, text }) => `${places.at(path, isKey)}: ${text()}`);
  if (problems.size > most) lines.push(`and ${problems.size - most} more`);
  return lines.join('\n');
}

/** What a union of forms has to say of a list or a mapping is what that form says, with whole paths. */
function unfolded(issue: Issue, input: unknown): Issue[] {
  const value = valueAt(input, issue.path);
  if (issue.code !== 'invalid_union' || typeof value !== 'object' || value === null) return [issue];
  // A mapping is meant for the last form; a list for the one that takes lists.
  const inner = isMapping(value)
    ? issue.errors.at(-1)
    : issue.errors.find((each) => each.every(({ path }) => path.length > 0));
  if (!inner) return [issue];
  return inner.flatMap((each) => unfolded({ ...each, path: [...issue.path, ...each.path] }, input));
}

function problemsOf(
  issue: Issue,
  unknownKeys: ReadonlyMap<string, readonly string[]>,
  input: unknown,
  places: Places,
): Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      isKey: true,
      text: () => unknownKeyAt(path, key, input, places),
    }));
  }
  // What is said of a mapping with an unknown key may be that key's doing: it is told first.
  if (issue.code === 'custom' && unknownKeys.has(path.join('.'))) return [];
  // Something missing because its key is misspelt, or has another name now: that is told already.
  const last = String(path.at(-1));
  const above = path.slice(0, -1);
  const misspelt = unknownKeys
    .get(above.join('.'))
    ?.some((key) => suggestion(key, [last]) !== '' || movedTo([...above, key])?.endsWith(` ${last}`));
  if (misspelt && valueAt(input, path) === undefined) return [];
  return [{ path, isKey: false, text: () => wrongValue(issue, input, places) }];
}

function unknownKeyAt(path: Path, key: string, input: unknown, places: Places): string {
  const mapping = valueAt(input, path);
  const schema = schemaAt(path, input) ?? {};
  const text = movedTo([...path, key]) ?? unknownKey(key, schema, mapping);
  // Only a member's options depend on its name; the run's own name is any text.
  const member = memberOf(schema, mapping);
  const name = member && nameOf(member);
  if (name === undefined || !places.isSet?.([...path, 'name'])) return text;
  return `${text}; replace it whole: --set '${path.join('.')}={name: ${name}}'`;
}

function wrongValue(issue: Issue, input: unknown, places: Places): string {
  const value = valueAt(input, issue.path);
  const schema = schemaAt(issue.path, input) ?? {};
  if (issue.code === 'custom') return issue.message;
  if (value === undefined) return `missing; expected ${expected(schema)}`;
  if (issue.code === 'invalid_format') return `${issue.message}, got ${quoted(String(value))}`;
  const names = schema.enum ?? namesOf(schema);
  if (typeof value === 'string' && names.length > 0 && !names.includes(value)) {
    return unknownName(issue.path, value, names, input);
  }
  const written = typeof value === 'number' ? places.source?.(issue.path) : undefined;
  const got = written === undefined ? shown(value) : shortened(written);
  const help = remedy(schema, value) || (Array.isArray(value) ? several(issue.path, input) : '');
  return `expected ${expected(schema, value)}, got ${got}${help}`;
}

/** `unknown activation "rleu"; did you mean "relu"? (linear, relu, …)`. */
function unknownName(path: Path, name: string, names: readonly string[], input: unknown): string {
  const ofFamily = path.at(-1) === 'name' ? path.slice(0, -1) : path;
  const was = gone(ofFamily, name);
  if (was) return was;
  const key = path.findLast((key) => typeof key === 'string' && key !== 'name');
  // An entry of a list is one of them.
  const kind = String(key).replace(
    typeof path.at(-1) === 'number' || typeof path.at(-2) === 'number' ? /s$/ : '',
    '',
  );
  const family = schemaAt(ofFamily, input) ?? {};
  // A word that is right elsewhere is no slip of the finger.
  const elsewhere = calledElsewhere(String(key), name, names);
  const whole = elsewhere === undefined ? asOption(family, name) || asLayer(kind, name) : '';
  const known = elsewhere === undefined ? alsoCalled(family, name) : `; did you mean "${elsewhere}"?`;
  const guess = whole ? '' : known || suggestion(name, names);
  const list = names.join(', ');
  return `unknown ${kind} ${quoted(name)}${guess ? `${guess} (${list})` : `; expected one of ${list}`}${whole}`;
}

/** `; several go into "quantiles"`, where a list stands at "quantile". */
function several(path: Path, input: unknown): string {
  const [above, key] = [path.slice(0, -1), `${String(path.at(-1))}s`];
  const keys = keysOf(schemaAt(above, input) ?? {}, valueAt(input, above));
  return Object.hasOwn(keys, key) ? `; several go into "${key}"` : '';
}

/** What to write instead, where the meaning is plain: `"32"`, `1_000`, `name: 1`, `units:8`. */
function remedy(node: SchemaNode, value: unknown): string {
  const { type } = node.anyOf?.find(({ maximum }) => maximum !== undefined) ?? node;
  if (type === 'string') {
    return !node.enum && !node.title && (typeof value === 'number' || typeof value === 'boolean')
      ? '; put it in quotes'
      : '';
  }
  if (typeof value !== 'string' || value.length > 64) return '';
  if (type !== 'integer' && type !== 'number') {
    return /^\w+:[^\s]/.test(value) ? '; put a space after the colon' : '';
  }
  const digits = value.replace(/[\s_,']/g, '');
  if (digits === '' || !Number.isFinite(Number(digits))) return '';
  return digits === value ? `; write ${digits} without quotes` : `; write ${digits}`;
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce(ownValue, input);
}
