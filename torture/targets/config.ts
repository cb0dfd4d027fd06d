/** Configurations as a target: a file, with overrides. Knows what a configuration may hold, not how it is read. */
import { writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { loadConfig, parseConfig } from '../../src/config/load.js';
import { maxBytes, parseYaml } from '../../src/config/yaml.js';
import { UserError } from '../../src/errors.js';
import type { Target, Targets } from './target.js';

/** Stands in front of each override, behind the file; no argument of a command can hold its first character. */
export const override = '\0--set ';

const config: Target = async (bytes, path) => {
  const end = Buffer.from(bytes).indexOf(override);
  if (end < 0) return checked(await loadConfig(path), bytes.length);
  const set = Buffer.from(bytes.subarray(end)).toString().split(override).slice(1);
  await writeFile(path, bytes.subarray(0, end));
  return checked(await loadConfig(path, { set }), end);
};

/** What was accepted holds finite numbers and own properties only, and is accepted again. */
function checked(value: object, bytes: number): 'accepted' {
  if (bytes > maxBytes) throw new Error(`accepted a text of ${bytes} bytes`);
  if (Object.keys(Object.prototype).length > 0) throw new Error('Object.prototype has changed');
  look(value);
  if (!isDeepStrictEqual(parseConfig(value), value))
    throw new Error('is another configuration when read again');
  return 'accepted';
}

function look(value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`accepted the number ${value}`);
  if (typeof value !== 'object' || value === null) return;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype)
    throw new Error('a prototype from outside');
  for (const each of Object.values(value)) look(each);
}

/** The text of an input as the YAML library reads it by itself. */
const untamed: Target = async (bytes) => {
  try {
    parse(Buffer.from(bytes).toString(), { logLevel: 'silent' });
  } catch {
    throw new UserError('not YAML');
  }
  return 'accepted';
};

/** Takes any mapping. */
const unchecked: Target = async (bytes) => {
  parseYaml(Buffer.from(bytes).toString(), (position) => position);
  return 'accepted';
};

export const configTargets: Targets = {
  config,
  'config without the depth limit': untamed,
  'config without the schema': unchecked,
};
