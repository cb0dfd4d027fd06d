/** A sweep file, read and checked: what is varied, in which way, and what it is for. */
import { dirname, parse, resolve } from 'node:path';
import { readText } from '../config/text.js';
import { type Path, parseYaml } from '../config/yaml.js';
import { didYouMean, given, isUserError, quoted, shortened, UserError } from '../errors.js';
import { isMapping } from '../formats/json.js';
import { INTERVAL_PATTERN } from '../interval.js';
import { metricNames, metricOf } from '../model/metrics/index.js';
import { type Parameter, parameterOf } from './parameter.js';
import { type SearchName, searches, searchNames } from './searches/index.js';
import type { SearchSpec } from './searches/search.js';

/** What a user writes. */
export interface SweepInput {
  /** Its folder is sweeps/<name>; default: the sweep file's name. */
  name?: string;
  /** The configuration's file that the keys are put into; relative to the sweep file's folder. */
  base: string;
  /** How points are chosen, by its name or with its options. */
  search: SearchName | { name: SearchName; trials?: number; seed?: number; round?: number };
  /** After so long the worse trials are dropped: all but the best `keep`, as 1/3 or 0.3; again and again. */
  halving?: { every: string; keep?: string | number };
  /** `validation loss`, or `validation` and a metric's name. */
  goal: string;
  /** By paths as `--set` has them: a list, {min, max}, {log: [a, b]}, {int: [a, b]} or {intLog: [a, b]}. */
  parameters: Record<string, unknown>;
}

/** As it was written, with every default, in plain data: two sweeps with equal ones have the same trials and winner. */
export interface SweepRecord {
  readonly search: { readonly name: SearchName } & SearchSpec;
  readonly halving: { readonly every: string; readonly keep: number } | null;
  readonly goal: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface Sweep {
  readonly name: string;
  /** What errors begin with. */
  readonly where: string;
  /** The base configuration's file, absolute. */
  readonly base: string;
  readonly record: SweepRecord;
  readonly parameters: readonly Parameter[];
  /** The figure of the validation rows, `loss` or a metric. */
  readonly metric: string;
  readonly better: 'higher' | 'lower';
  /** An error at one of the file's keys. */
  error(path: Path, message: string, isKey?: boolean): UserError;
}

const MOST_TRIALS = 100_000;
const MOST_PARAMETERS = 64;
const KEYS = ['name', 'base', 'search', 'halving', 'goal', 'parameters'];
const SEARCH_KEYS = ['trials', 'seed', 'round'];
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Trials a round of a search that learns, where the file does not say. */
const ROUND = 8;

/** @param source the file's path, or what would stand in it @throws UserError for the first thing that is wrong */
export async function readSweep(source: string | SweepInput, cwd: string): Promise<Sweep> {
  if (typeof source !== 'string') {
    return sweepOf(source, 'sweep', cwd, undefined, (path) =>
      ['sweep', path.join('.')].filter(Boolean).join(' '),
    );
  }
  const file = resolve(cwd, source);
  const shownFile = shortened(source, 1000);
  const yaml = parseYaml(await readText(file), (position) => `${shownFile}:${position}`);
  const place = (path: Path, isKey: boolean) =>
    `${shownFile}:${isKey ? yaml.keyPosition(path) : yaml.position(path)} ${path.join('.')}`.trimEnd();
  return sweepOf(yaml.value, shownFile, dirname(file), parse(file).name, place);
}

function sweepOf(
  input: unknown,
  where: string,
  folder: string,
  fileName: string | undefined,
  place: (path: Path, isKey: boolean) => string,
): Sweep {
  const error = (path: Path, message: string, isKey = false) =>
    new UserError(`${place(path, isKey)}: ${message}`);
  if (!isMapping(input)) {
    const got = input === null ? 'an empty file' : given(input);
    throw error([], `expected a mapping with the keys ${KEYS.join(', ')}, got ${got}`);
  }
  if (input.base === undefined && (input.model !== undefined || input.data !== undefined)) {
    throw error(
      [],
      'is a configuration, not a sweep file, which names one as its "base", and says what varies in it',
    );
  }
  const known = (path: Path, mapping: object, keys: readonly string[]) => {
    const odd = Object.keys(mapping).find((key) => !keys.includes(key));
    if (odd === undefined) return;
    throw error([...path, odd], `unknown key${didYouMean(odd, keys) || `; there are ${keys.join(', ')}`}`);
  };
  known([], input, KEYS);
  const missing = ['base', 'search', 'goal', 'parameters'].find((key) => input[key] === undefined);
  if (missing !== undefined) throw error([missing], `missing; expected ${examples[missing]}`);

  const name = input.name ?? fileName;
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw error(
      ['name'],
      `expected 1 to 64 letters, digits, ".", "_" or "-", got ${given(name)}; its folder is sweeps/<name>`,
    );
  }
  const { base } = input;
  if (typeof base !== 'string' || base === '')
    throw error(['base'], `expected ${examples.base}, got ${given(base)}`);

  const parameters = parametersOf(input.parameters, error);
  const search = searchOf(input.search, parameters, error, known);
  const { metric, better } = goalOf(input.goal, error);
  const halving = halvingOf(input.halving, error, known);
  if (halving !== null && searches[search.name].learns) {
    throw error(
      ['halving'],
      `does not go with the search "${search.name}", which learns from what trials come to at their end, and of halved ones ` +
        'most never do; leave halving out, or search "random" or "quasi-random"',
    );
  }
  const record = {
    search,
    halving,
    goal: `validation ${metric}`,
    parameters: { ...(input.parameters as object) },
  };
  return { name, where, base: resolve(folder, base), record, parameters, metric, better, error };
}

const examples: Readonly<Record<string, string>> = {
  base: 'the file of a configuration, such as adult.yaml',
  search: `one of ${searchNames.join(', ')}, or a mapping such as {name: random, trials: 40}`,
  goal: 'the figure that is to be the best, such as validation loss or validation accuracy',
  parameters: 'a mapping of paths to values, such as optimizer.learningRate: {log: [0.0001, 0.1]}',
};

type Fail = Sweep['error'];
type Known = (path: Path, mapping: object, keys: readonly string[]) => void;

function parametersOf(input: unknown, error: Fail): Parameter[] {
  if (!isMapping(input)) throw error(['parameters'], `expected ${examples.parameters}, got ${given(input)}`);
  const entries = Object.entries(input);
  if (entries.length === 0 || entries.length > MOST_PARAMETERS) {
    throw error(['parameters'], `expected 1 to ${MOST_PARAMETERS} keys, got ${entries.length}`);
  }
  return entries.map(([path, what]) => {
    if (path === 'train.validate.monitor') {
      throw error(['parameters', path], 'is what the goal says, and cannot be searched');
    }
    try {
      return parameterOf(path, what);
    } catch (wrong) {
      throw isUserError(wrong) ? error(['parameters', path], wrong.message) : wrong;
    }
  });
}

function searchOf(input: unknown, parameters: readonly Parameter[], error: Fail, known: Known) {
  const written = typeof input === 'string' ? { name: input } : input;
  if (!isMapping(written)) throw error(['search'], `expected ${examples.search}, got ${given(input)}`);
  const name = searchNames.find((each) => each === written.name);
  if (name === undefined) {
    const hint = typeof written.name === 'string' ? didYouMean(written.name, searchNames) : '';
    throw error(['search'], `expected ${examples.search}, got ${given(written.name)}${hint}`);
  }
  const search = searches[name];
  const refused = search.refuse?.(parameters);
  if (refused !== undefined) throw error(['search'], refused);
  const counted = search.trials?.(parameters);
  const keys = [
    'name',
    ...(counted === undefined ? ['trials', 'seed'] : []),
    ...(search.learns ? ['round'] : []),
  ];
  const odd = SEARCH_KEYS.find((key) => key in written && !keys.includes(key));
  if (odd !== undefined) {
    const why =
      counted === undefined
        ? `is not for the search "${name}"; leave it out`
        : `a ${name} tries every combination of the values, here ${counted}; leave "${odd}" out, or search "random"`;
    throw error(['search', odd], why, true);
  }
  known(['search'], written, keys);
  if (counted === undefined && written.trials === undefined) {
    throw error(['search'], `expected how many trials there are to be, such as {name: ${name}, trials: 40}`);
  }
  const whole = (key: string, least: number, most: number, usual?: number): number => {
    const value = written[key] ?? usual;
    if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value);
    throw error(
      ['search', key],
      `expected a whole number from ${least} to ${most}, got ${value === undefined ? 'nothing' : given(value)}`,
    );
  };
  const trials = counted ?? whole('trials', 1, MOST_TRIALS);
  if (trials > MOST_TRIALS) {
    throw error(
      ['parameters'],
      `expected at most ${MOST_TRIALS} combinations, got ${trials}; search "random"`,
    );
  }
  return {
    name,
    trials,
    seed: whole('seed', 0, Number.MAX_SAFE_INTEGER, 0),
    round: search.learns ? whole('round', 1, MOST_TRIALS, ROUND) : MOST_TRIALS,
  };
}

function goalOf(input: unknown, error: Fail): { metric: string; better: 'higher' | 'lower' } {
  const [, metric] = /^validation +(\S+)$/.exec(typeof input === 'string' ? input.trim() : '') ?? [];
  const names = ['loss', ...metricNames.filter((name) => metricOf(name).better !== null)];
  if (metric === undefined) {
    const test = typeof input === 'string' && input.startsWith('test');
    const why = test ? '; the test rows are not looked at before the end' : '';
    throw error(['goal'], `expected ${examples.goal}, got ${given(input)}${why}`);
  }
  if (!names.includes(metric)) {
    throw error(
      ['goal'],
      `expected validation and one of ${names.join(', ')}, got ${quoted(metric)}${didYouMean(metric, names)}`,
    );
  }
  return { metric, better: metric !== 'loss' && metricOf(metric).better === 'higher' ? 'higher' : 'lower' };
}

function halvingOf(input: unknown, error: Fail, known: Known): SweepRecord['halving'] {
  if (input === undefined || input === null) return null;
  const form = 'a mapping such as {every: 2 epochs, keep: 1/3}';
  if (!isMapping(input)) throw error(['halving'], `expected ${form}, got ${given(input)}`);
  known(['halving'], input, ['every', 'keep']);
  const { every, keep = '1/2' } = input;
  if (typeof every !== 'string' || !INTERVAL_PATTERN.steps.test(every)) {
    throw error(['halving', 'every'], `expected epochs or steps, such as 2 epochs, got ${given(every)}`);
  }
  const [, above, below] = /^(\d{1,6})\/(\d{1,6})$/.exec(String(keep)) ?? [];
  const share = above === undefined ? keep : Number(above) / Number(below);
  if (typeof share === 'number' && share > 0 && share < 1) return { every, keep: share };
  throw error(['halving', 'keep'], `expected a share between 0 and 1, such as 1/3, got ${given(keep)}`);
}
