/** What callers may tell a function, checked: a slip of the fingers is refused, never ignored. */
import { resolve } from 'node:path';
import type { Overrides } from '../config/load.js';
import type { Config, ConfigInput } from '../config/schema.js';
import { didYouMean, given, shortened, UserError } from '../errors.js';
import { checkThreads } from '../machine/cores.js';
import { subscribers } from '../subscribers/index.js';
import type { WatchSettings } from '../subscribers/watch.js';

/** How each setting of a function is checked. */
export type Checks<Settings> = { readonly [Key in keyof Required<Settings>]: Check };
type Check = (value: unknown, name: string) => void;

const expected = (name: string, what: string, value: unknown) =>
  new UserError(`${name}: expected ${what}, got ${given(value)}`);

const typed =
  (what: string, is: (value: unknown) => boolean): Check =>
  (value, name) => {
    if (!is(value)) throw expected(name, what, value);
  };

export const flag = typed('true or false', (value) => typeof value === 'boolean');
export const textOf = typed('a text', (value) => typeof value === 'string' && value !== '');
export const listener = typed('a function', (value) => typeof value === 'function');
export const wholeFrom = (least: number) =>
  typed(
    `a whole number, at least ${least}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= least,
  );
export const texts = typed(
  'a list of texts',
  (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
);
export const path = typed('a path', (value) => typeof value === 'string' && value !== '');
export const oneOf = (...words: readonly string[]) =>
  typed(words.map((word) => `"${word}"`).join(' or '), (value) => words.includes(String(value)));
/** Looked at where it is used. */
export const anything: Check = () => {};
export const threads: Check = (value) => {
  if (value !== 'auto') checkThreads(value as number);
};
export const cache = typed(
  'true, false or a folder',
  (value) => typeof value === 'boolean' || (typeof value === 'string' && value !== ''),
);
/** By what it can do, as another realm (a test runner's) has a class of its own. */
export const signal = typed(
  'an AbortSignal',
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    typeof (value as AbortSignal).aborted === 'boolean' &&
    typeof (value as AbortSignal).addEventListener === 'function',
);

export const port = typed(
  'a port from 0 to 65535',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
);

/** Which subscribers a run has. */
export const subscriptions: Check = (value, name) => {
  const checks = Object.fromEntries(Object.keys(subscribers).map((each) => [each, flag]));
  checkSettings(name, value, { ...checks, watch: watchSettings });
};

const watchChecks: Checks<WatchSettings> = {
  port,
  open: flag,
  onUrl: listener,
};
const watchSettings: Check = (value) => {
  if (typeof value !== 'boolean') checkSettings('subscribers.watch', value, watchChecks);
};

const overrideChecks: Checks<Overrides> = {
  set: typed(
    'a list of texts such as "train.batchSize=32"',
    (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  ),
  seed: anything,
  epochs: anything,
  engine: anything,
};
export const overrides: Check = (value, name) => checkSettings(name, value, overrideChecks);

/**
 * @param where what errors begin with
 * @throws UserError for a key that there is none of, and for a value that is not of its kind; undefined stands for none
 */
export function checkSettings<Settings>(where: string, settings: unknown, checks: Checks<Settings>): void {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw expected(where, 'an object', settings);
  }
  const known = Object.keys(checks);
  for (const [key, value] of Object.entries(settings)) {
    if (!known.includes(key)) {
      const hint = didYouMean(key, known) || `; there are ${known.join(', ')}`;
      throw new UserError(`${where}: unknown option "${shortened(key)}"${hint}`);
    }
    if (value !== undefined)
      checks[key as keyof Settings](value, where === 'overrides' ? `${where}.${key}` : key);
  }
}

/**
 * The configuration that a caller means, checked and with every default filled in.
 * @param source an object, or the path of a YAML file @param overrides what to put in place of parts of it
 * @param cwd where a relative path begins
 */
export async function configOf(
  source: ConfigInput | string,
  changes: Overrides | undefined,
  cwd: string,
): Promise<Config> {
  const { loadConfig, parseConfig } = await import('../config/load.js');
  if (typeof source !== 'string') return parseConfig(source, '', changes);
  // As it was named, so that errors name it so too, but where it was named.
  const moved = process.cwd() !== cwd && source !== '-';
  return loadConfig(moved ? resolve(cwd, source) : source, changes);
}
