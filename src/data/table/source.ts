/** A table as a data source: columns by name, split, fitted to the training rows, encoded row by row. */

import { didYouMean, quoted, UserError } from '../../errors.js';
import { pauseForMessages } from '../../machine/abandoned.js';
import type { Spec } from '../../options.js';
import {
  type FittedColumn,
  type FittedTarget,
  inputsOf,
  type Preprocessing,
  slotsOf,
} from '../../preprocess/fitted.js';
import { constants, strays, unlearned } from '../notes.js';
import { anyContext, type ColumnFacts, type DataContext, type DataSource } from '../source.js';
import { decidingColumns, planSplit } from '../splits/index.js';
import type { SplitColumn } from '../splits/split.js';
import { cachedTable } from './cache.js';
import { type Column, type ColumnType, isMissing, type Table } from './column.js';
import { encodeRows } from './encode.js';
import { fitColumn, ruleOf } from './fit.js';
import { optionsOf, type TableOptions, targetOf } from './options.js';
import type { TableReader } from './reader.js';
import { planTarget } from './target.js';
import { fillWeights } from './weights.js';

export interface TableGiven {
  /** The table, or a training and a test set, which have the same columns. */
  readonly reader: TableReader;
  /** How many rows of it, at its end, are a test set of its own, and how many before these a validation set. */
  readonly parts?: () => { readonly validation: number; readonly test: number };
  /** Texts that mean a missing value. */
  readonly missing: readonly string[];
  readonly point?: '.' | ',';
}

/**
 * Reads the table, guesses what its columns are, splits it and fits what becomes of them.
 * @throws UserError for columns that are not there, cells that are not as they should be, and what does not go together
 */
export async function tableSource(
  given: TableGiven,
  options: TableOptions,
  { seed, targets: takes, cache }: DataContext = anyContext,
): Promise<DataSource> {
  const { reader } = given;
  const { names, where } = reader;
  const target = targetOf(options);
  const split = options.split ?? { name: given.parts ? 'files' : 'random' };
  const deciding = decidingColumns(split);
  checkNames(names, where, options, target.columns, deciding);
  const ignored = new Set(
    options.ignore.filter((name) => !deciding.includes(name) && name !== options.weight),
  );
  const wanted = {
    types: typesOf(options),
    fixed: weightOf(options),
    ignore: ignored,
    cells: { missing: new Set(given.missing), point: given.point ?? '.' },
  };
  const table = await cachedTable(reader, wanted, cache === undefined ? undefined : { folder: cache });
  if (table.rows === 0) throw new UserError(`${where}: expected rows, got none`);
  const inputs = names.filter(
    (name) =>
      !ignored.has(name) &&
      !target.columns.includes(name) &&
      !deciding.includes(name) &&
      name !== options.weight,
  );
  if (inputs.length === 0) throw new UserError(`${where}: no column is left to learn from`);
  const rows = keptRows(table, [...inputs, ...target.columns, ...weightOf(options)], options);
  if (rows.length === 0) {
    throw new UserError(
      `${where}: no row is left, each has a missing value where missing: drop leaves it out${emptyIn(table)}; use another rule, or ignore the column`,
    );
  }
  const planned = await planTarget(table, rows, target, takes);
  const own = given.parts?.() ?? { validation: 0, test: 0 };
  const dropped = table.rows - rows.length;
  if (dropped > 0 && own.test + own.validation > 0) {
    throw new UserError(
      `${where}: rows cannot be dropped where files are parts of their own; use another rule`,
    );
  }
  const plan = planSplit(split, {
    first: rows.length - own.test,
    validation: own.validation,
    test: own.test,
    where,
    rows: {
      classes: planned.classes && pick(planned.classes, rows),
      column: (name) => splitColumn(table, name, rows),
    },
  });
  const drawn = plan.split(seed);
  const train = Uint32Array.from(drawn.train, (row) => rows[row]);
  const columns: FittedColumn[] = [];
  for (const name of inputs) {
    await pauseForMessages();
    const column = table.columns.get(name) as Column;
    columns.push(fitColumn(name, column, train, optionsOf(options, name, column.type)));
  }
  const slots = columns.flatMap(slotsOf);
  const fitted = planned.fit(train);
  const point = given.point ?? '.';
  const preprocessing: Preprocessing = {
    columns,
    texts: { missing: given.missing, point },
    target: fitted,
  };
  const { classes } = planned;
  const notes = [
    ...(await strays(
      table,
      [...inputs, ...target.columns].filter((name) => !wanted.types.has(name)),
      point,
    )),
    ...constants(table, columns, train),
    ...(classes ? unlearned(...classesOf(fitted), (row) => classes[rows[row]], drawn) : []),
  ];
  return {
    rows: rows.length,
    features: slots.length,
    slots,
    outputs: planned.outputs,
    featureType: 'float64',
    targets: planned.targets,
    parts: plan.parts,
    split: (other) => (other === seed ? drawn : plan.split(other)),
    preprocessing,
    table,
    spec: withTypes(options, inputs, table),
    columns: facts(table, names, rows, columns, target.columns, options),
    ...(dropped > 0 && { dropped }),
    ...(notes.length > 0 && { notes }),
    ...(options.weight !== undefined && { hasWeights: true as const }),
    async read(window) {
      await encodeRows(table, columns, rows, slots.length, window.features as Float64Array);
      planned.fill(fitted, rows, window.targets);
      if (options.weight !== undefined && window.weights)
        await fillWeights(table, options.weight, rows, window.weights);
    },
  };
}

/** Names a column without any value. */
function emptyIn({ columns, rows }: Table): string {
  const all = Array.from({ length: rows }, (_, row) => row);
  const [empty] = [...columns].find(([, column]) => all.every((row) => isMissing(column, row))) ?? [];
  return empty === undefined ? '' : ` (column ${quoted(empty)} has none at all)`;
}

/** Whose classes they are, and their names, where there is one column of them. */
function classesOf(target: FittedTarget): [string, readonly string[]] {
  if (target.kind === 'class') return [`column ${quoted(target.column)}`, target.classes];
  const [first] = target.kind === 'binary' ? target.columns : [];
  return first === undefined ? ['', []] : [`column ${quoted(first.name)}`, first.classes];
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

const weightOf = ({ weight }: TableOptions): string[] => (weight === undefined ? [] : [weight]);

/** The options with the type of every input that was guessed: another file is not guessed otherwise. */
function withTypes(options: TableOptions, inputs: readonly string[], table: Table): Spec {
  const given = options.columns as Record<string, { type?: ColumnType }>;
  const columns = Object.fromEntries(
    inputs.map((name) => [
      name,
      { type: table.columns.get(name)?.type, ...(Object.hasOwn(given, name) && given[name]) },
    ]),
  );
  return { ...options, columns: { ...given, ...columns } } as unknown as Spec;
}

/** The rows that no rule drops. */
function keptRows(table: Table, names: readonly string[], options: TableOptions): Uint32Array {
  const dropping = names
    .map((name) => [name, table.columns.get(name) as Column] as const)
    .filter(
      ([name, column]) => ruleOf(name, column.type, optionsOf(options, name, column.type))?.member.drops,
    )
    .map(([, column]) => column);
  const rows = Uint32Array.from({ length: table.rows }, (_, row) => row);
  return dropping.length === 0
    ? rows
    : rows.filter((row) => !dropping.some((column) => isMissing(column, row)));
}

const pick = (values: ArrayLike<number>, rows: Uint32Array) => Int32Array.from(rows, (row) => values[row]);

function splitColumn(table: Table, name: string, rows: Uint32Array): SplitColumn {
  const column = table.columns.get(name);
  if (column === undefined) {
    const names = [...table.columns.keys()];
    throw new UserError(
      `data.split.column: ${table.where} has no column ${quoted(name)}${didYouMean(name, names) || ', or it is ignored'}`,
    );
  }
  if (column.type === 'category') return { values: pick(column.codes, rows), names: column.names };
  return { values: Float64Array.from(rows, (row) => column.values[row]) };
}

function facts(
  table: Table,
  names: readonly string[],
  rows: Uint32Array,
  columns: readonly FittedColumn[],
  targets: readonly string[],
  { weight }: TableOptions,
): ColumnFacts[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  return names.map((name) => {
    const column = table.columns.get(name);
    const fitted = byName.get(name);
    const missing = column ? rows.reduce((sum, row) => sum + (isMissing(column, row) ? 1 : 0), 0) : 0;
    const role = targets.includes(name)
      ? 'target'
      : name === weight
        ? 'weight'
        : fitted
          ? 'input'
          : 'ignored';
    const slots = fitted ? slotsOf(fitted) : [];
    const becomes = fitted ? wordsOf(fitted) : '';
    return { name, type: column?.type ?? 'category', role, missing, becomes, inputs: inputsOf(slots) };
  });
}

function wordsOf(column: FittedColumn): string {
  if (column.type === 'date') return column.parts.map(({ part }) => part).join(', ');
  if (column.type === 'number') {
    const { log, center, spread } = column.scale;
    const plain = center === 0 && spread === 1;
    const scale =
      plain && !log
        ? 'as it is'
        : `${log ? 'log, ' : ''}(x ${center < 0 ? '+' : '−'} ${short(Math.abs(center))}) / ${short(spread)}`;
    return column.indicator ? `${scale}, indicator` : scale;
  }
  const { encode, codes } = column;
  if (encode.name === 'embed') return `embed ${codes} in ${encode.size}`;
  return `${encode.name} of ${codes}`;
}

const short = (value: number) => String(Number(value.toPrecision(4)));
