/** What each column of a table is for, as its configuration says it. */
import { didYouMean, quoted, UserError } from '../../errors.js';
import type { Spec } from '../../options.js';
import { decidingColumns } from '../splits/index.js';
import type { ColumnType } from './column.js';
import { ruleOf } from './fit.js';
import { optionsOf, type TableOptions, type TargetOptions, targetOf } from './options.js';
import type { TableReader, Wanted } from './reader.js';

export interface TableGiven {
  /** The table, or a training and a test set, which have the same columns. */
  readonly reader: TableReader;
  /** How many rows of it, at its end, are a test set of its own, and how many before these a validation set. */
  readonly parts?: () => { readonly validation: number; readonly test: number };
  /** Texts that mean a missing value. */
  readonly missing: readonly string[];
  readonly point?: '.' | ',';
}

/** Columns by what they are for, before a row is read. */
export interface Roles {
  readonly target: TargetOptions;
  readonly split: Spec;
  readonly inputs: readonly string[];
  readonly weights: readonly string[];
  readonly wanted: Wanted;
}

/** @throws UserError for columns that are not there, or are said to be two things */
export function rolesOf({ reader, parts, missing, point }: TableGiven, options: TableOptions): Roles {
  const { names, where } = reader;
  const target = targetOf(options);
  const split = options.split ?? { name: parts ? 'files' : 'random' };
  const deciding = decidingColumns(split);
  checkNames(names, where, options, target.columns, deciding);
  const ignored = new Set(
    options.ignore.filter((name) => !deciding.includes(name) && name !== options.weight),
  );
  const others = [...target.columns, ...deciding, ...weightOf(options)];
  const inputs = names.filter((name) => !ignored.has(name) && !others.includes(name));
  const wanted = {
    types: typesOf(options),
    fixed: weightOf(options),
    ignore: ignored,
    cells: { missing: new Set(missing), point: point ?? '.' },
  };
  return { target, split, inputs, weights: weightOf(options), wanted };
}

/** Those of the columns a row of which is left out where it has no value. */
export function dropping(
  { inputs, target, weights }: Roles,
  options: TableOptions,
  typeOf: (name: string) => ColumnType,
): string[] {
  return [...inputs, ...target.columns, ...weights].filter(
    (name) => ruleOf(name, typeOf(name), optionsOf(options, name, typeOf(name)))?.member.drops,
  );
}

/** @throws UserError where no column is left to learn from */
export function refuseNoInputs(where: string, { inputs }: Roles): void {
  if (inputs.length === 0) throw new UserError(`${where}: no column is left to learn from`);
}

/** @throws UserError where there is none */
export function refuseEmpty(where: string, rows: number): void {
  if (rows === 0) throw new UserError(`${where}: expected rows, got none`);
}

/** @param empty names a column without any value @throws UserError where no row is left */
export function refuseNone(where: string, left: number, empty?: () => string | undefined): void {
  if (left > 0) return;
  const column = empty?.();
  const whose = column === undefined ? '' : ` (column ${quoted(column)} has none at all)`;
  throw new UserError(
    `${where}: no row is left, each has a missing value where missing: drop leaves it out${whose}; use another rule, or ignore the column`,
  );
}

/** @throws UserError where rows are left out, and the others could not be told to be of one file or another */
export function refuseDropped(
  where: string,
  dropped: number,
  own: { validation: number; test: number },
): void {
  if (dropped === 0 || own.test + own.validation === 0) return;
  throw new UserError(
    `${where}: rows cannot be dropped where files are parts of their own; use another rule`,
  );
}

/** @throws UserError naming the first column that is not there, or is said to be two things */
function checkNames(
  names: readonly string[],
  where: string,
  options: TableOptions,
  targets: readonly string[],
  deciding: readonly string[],
): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name))
      throw new UserError(`${where}: expected columns of different names, got two named ${quoted(name)}`);
    seen.add(name);
  }
  if (targets.length === 0) throw new UserError('data.target: expected column or columns, got neither');
  const wanted: readonly [string, readonly string[]][] = [
    ['data.target', targets],
    ['data.ignore', options.ignore],
    ['data.weight', weightOf(options)],
    ['data.columns', Object.keys(options.columns)],
    ['data.split.column', deciding],
  ];
  for (const [key, columns] of wanted) {
    for (const name of columns) {
      if (seen.has(name)) continue;
      const list = names.length > 12 ? `${names.slice(0, 12).join(', ')}, …` : names.join(', ');
      throw new UserError(
        `${key}: ${where} has no column ${quoted(name)}${didYouMean(name, names) || `; it has ${list}`}`,
      );
    }
  }
  const twice = targets.find((name) => options.ignore.includes(name) || name === options.weight);
  if (twice !== undefined)
    throw new UserError(`data.target: ${quoted(twice)} is ignored, or the weight, as well`);
}

function typesOf(options: TableOptions): ReadonlyMap<string, ColumnType> {
  const columns = Object.entries(options.columns as Record<string, { type?: ColumnType }>);
  const given = columns.flatMap(([name, { type }]) => (type === undefined ? [] : [[name, type] as const]));
  return new Map([...weightOf(options).map((name) => [name, 'number'] as const), ...given]);
}

export const weightOf = ({ weight }: TableOptions): string[] => (weight === undefined ? [] : [weight]);

/** What is known of a table's columns without their values. */
export interface Heads {
  readonly columns: ReadonlyMap<string, { readonly type: ColumnType }>;
}

/** The options with the type of every input that was guessed: another file is not guessed otherwise. */
export function withTypes(
  options: TableOptions,
  inputs: readonly string[],
  { columns: types }: Pick<Heads, 'columns'>,
): Spec {
  const given = options.columns as Record<string, { type?: ColumnType }>;
  const columns = Object.fromEntries(
    inputs.map((name) => [
      name,
      { type: types.get(name)?.type, ...(Object.hasOwn(given, name) && given[name]) },
    ]),
  );
  return { ...options, columns: { ...given, ...columns } } as unknown as Spec;
}
