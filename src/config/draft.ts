/**
 * A configuration drafted from a look at a data file: text that is to be read and changed by its owner, so each guess
 * has its reason beside it.
 */

import { quoted, UserError } from '../errors.js';
import type { Finding } from '../look/index.js';
import type { ColumnProfile, Profile } from '../look/profile.js';
import { whyIgnored } from '../look/roles.js';
import { type DraftModel, draftModel, type Task } from './draft-model.js';
import { list, remark, scalar } from './draft-text.js';

export interface DraftOptions {
  /** Name of the run. */
  readonly name: string;
  /** Path of the data as the configuration is to name it: relative to the configuration's folder, or absolute. */
  readonly path: string;
  readonly family: string;
  readonly findings: readonly Finding[];
  /** What its owner should know of the data. */
  readonly notes: readonly string[];
  readonly profile: Profile;
  readonly target: ColumnProfile;
  /** Why this target. */
  readonly why: string;
  readonly task: Task;
}

/** Beyond so many categories the rare ones are one, and beyond so many each gets a vector in place of an input. */
const MANY = 30;
const VERY_MANY = 100;
/** A column with a larger share of gaps than this says by them, too. */
const GAPS = 0.2;
const DAY = 86_400_000;

/** What a column's own entry in `data.columns` says, and why. */
interface Entry {
  readonly name: string;
  readonly text: string;
  readonly why: string;
}

/** @returns YAML that trains as it is */
export function draft(options: DraftOptions): string {
  const { name, profile, target } = options;
  const ignored = ignoredOf(profile, target);
  const inputs = profile.columns.filter(
    (column) => column !== target && !ignored.some(({ column: { name } }) => name === column.name),
  );
  if (inputs.length === 0) {
    throw new UserError(
      `${options.path}: has no column beside the target ${quoted(target.name)}; expected some to learn from`,
    );
  }
  const model = draftModel(options.task, target, profile.rows - target.missing);
  return [
    `# A first configuration for ${oneLine(options.path)}: ${profile.rows} rows, ${profile.columns.length + profile.refused.size} columns. It was written by`,
    '# gradpool init from a look at the data; every line may be changed. docs/data.md explains the keys of data.',
    ...options.notes.map((note) => `# Note: ${oneLine(note)}`),
    `name: ${scalar(name)}`,
    'seed: 0',
    '',
    'data:',
    `  name: ${options.family}`,
    `  path: ${scalar(options.path)}`,
    ...options.findings.flatMap(findingLines),
    ...missingLines(profile),
    ...targetLines(options, model),
    ...ignoreLines([...ignored.map(({ column, why }) => [column.name, why] as const), ...profile.refused]),
    ...ruleLines(inputs),
    ...entryLines([...targetEntry(target), ...inputs.flatMap((column) => entryOf(column, profile.rows))]),
    ...splitLines(inputs, model),
    '',
    ...model.lines,
    '',
  ].join('\n');
}

const oneLine = (text: string) => remark(text).slice(3);
const some = (names: readonly string[]) =>
  names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');

function findingLines({ key, value, why }: Finding): string[] {
  const lines =
    typeof value === 'object'
      ? list('  ', key, value)
      : [`  ${key}: ${typeof value === 'boolean' ? value : scalar(value)}`];
  if (why === undefined) return lines;
  return lines.length === 1 ? [`${lines[0]}${remark(why)}`] : [`  #${remark(why).slice(2)}`, ...lines];
}

function missingLines({ tokens, columns }: Profile): string[] {
  if (tokens.length === 0) return [];
  const where = some(columns.filter((column) => column.tokens.length > 0).map(({ name }) => name));
  return [`  missing: [${tokens.map(scalar).join(', ')}]${remark(`a missing value; found in ${where}`)}`];
}

function targetLines({ target, why, task }: DraftOptions, { targetScale }: DraftModel): string[] {
  const name = scalar(target.name);
  const what = { classes: 'a class', binary: 'yes or no', values: 'a number' }[task];
  const line = targetScale ? `  target: { column: ${name}, scale: standard }` : `  target: ${name}`;
  return [`${line}${remark(`what is to be predicted (${why}): ${what}`)}`];
}

function ignoredOf({ columns, rows }: Profile, target: ColumnProfile) {
  const all = columns
    .filter((column) => column !== target)
    .flatMap((column) => {
      const why = whyIgnored(column, rows);
      return why === undefined ? [] : [{ column, why }];
    });
  // Something has to be learned from, however little it promises.
  return all.length === columns.length - 1 ? [] : all;
}

function ignoreLines(ignored: readonly (readonly [name: string, why: string])[]): string[] {
  if (ignored.length === 0) return [];
  return ['  ignore:', ...ignored.map(([name, why]) => `    - ${scalar(name)}${remark(why)}`)];
}

/** What holds for all columns of a type. */
function ruleLines(inputs: readonly ColumnProfile[]): string[] {
  const of = (type: ColumnProfile['type']) => inputs.filter((column) => column.type === type);
  const gaps = (type: ColumnProfile['type']) =>
    of(type)
      .filter(({ missing }) => missing > 0)
      .map(({ name, missing }) => `${name} (${missing})`);
  const number = gaps('number');
  const category = gaps('category');
  const date = gaps('date');
  const lines: string[] = [];
  if (number.length > 0) lines.push(`  number: { missing: median }${remark(`for ${some(number)}`)}`);
  if (category.length > 0) {
    lines.push(`  category: { missing: category, unseen: ignore }${remark(`also for ${some(category)}`)}`);
  } else if (of('category').length > 0) {
    lines.push(
      `  category: { unseen: ignore }${remark('one that no training row has is none of the known ones')}`,
    );
  }
  if (date.length > 0) lines.push(`  date: { missing: median }${remark(`for ${some(date)}`)}`);
  return lines;
}

/** Rows without the target teach nothing. */
function targetEntry({ name, missing }: ColumnProfile): Entry[] {
  if (missing === 0) return [];
  return [{ name, text: '{ missing: drop }', why: `${missing} rows have no target, and are left out` }];
}

function entryOf(column: ColumnProfile, rows: number): Entry[] {
  const { name, type, distinct, missing } = column;
  if (type === 'number' && missing > GAPS * rows) {
    const why = `${Math.round((100 * missing) / rows)} % are missing: one more input says where`;
    return [{ name, text: '{ missing: indicator }', why }];
  }
  if (type === 'date' && column.column.type === 'date') {
    const timed = column.column.values.some((ms) => ms % DAY > 0);
    return timed
      ? [{ name, text: '{ parts: [year, yearday, weekday, hour] }', why: 'dates with a time of day' }]
      : [];
  }
  if (type !== 'category' || distinct <= MANY) return [];
  const rare = rows < 1000 ? 2 : rows < 10_000 ? 5 : 10;
  const encode = distinct > VERY_MANY ? 'encode: embed, ' : '';
  return [
    {
      name,
      text: `{ ${encode}rare: ${rare} }`,
      why: `${distinct} categories; those of fewer than ${rare} rows are one`,
    },
  ];
}

function entryLines(entries: readonly Entry[]): string[] {
  if (entries.length === 0) return [];
  return [
    '  columns:',
    ...entries.map(({ name, text, why }) => `    ${scalar(name)}: ${text}${remark(why)}`),
  ];
}

function splitLines(inputs: readonly ColumnProfile[], { validation, test, stratify }: DraftModel): string[] {
  const date = inputs.find(({ type, missing }) => type === 'date' && missing === 0);
  const shares = `validation: ${validation}, test: ${test}`;
  const later =
    date &&
    `  # To be tested on the latest rows: split: { name: time, column: ${scalar(date.name)}, ${shares} }`;
  const split = `  split: { name: random, ${shares}${stratify ? ', stratify: true' : ''} }`;
  const why = stratify
    ? 'the rest is for training; classes alike in each'
    : 'shares of the rows; the rest is for training';
  return [`${split}${remark(why)}`, ...(later ? [later] : [])];
}
