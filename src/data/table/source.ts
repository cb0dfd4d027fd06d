/** A table as a data source: columns by name, split, fitted to the training rows, encoded row by row. */

import { didYouMean, quoted, UserError } from '../../errors.js';
import { pauseForMessages } from '../../machine/abandoned.js';
import { atWork } from '../../machine/work.js';
import {
  type FittedColumn,
  type FittedTarget,
  type Preprocessing,
  slotsOf,
} from '../../preprocess/fitted.js';
import { constants, strays, unlearned } from '../notes.js';
import { anyContext, type DataContext, type DataSource } from '../source.js';
import { planSplit } from '../splits/index.js';
import type { SplitColumn } from '../splits/split.js';
import type { StreamSpec } from '../streaming.js';
import { cachedTable } from './cache.js';
import { type Column, inMemory, isMissing, type RowList, rowList, type Table } from './column.js';
import { encodeRows } from './encode.js';
import { facts } from './facts.js';
import { fitColumn } from './fit.js';
import { optionsOf, type TableOptions } from './options.js';
import {
  dropping,
  refuseDropped,
  refuseEmpty,
  refuseNoInputs,
  refuseNone,
  rolesOf,
  type TableGiven,
  withTypes,
} from './roles.js';
import { planTarget } from './target.js';
import { trainingFacts } from './training-facts.js';
import { fillWeights } from './weights.js';

export type { TableGiven } from './roles.js';

/**
 * Reads the table, guesses what its columns are, splits it and fits what becomes of them.
 * @throws UserError for columns that are not there, cells that are not as they should be, and what does not go together
 */
export async function tableSource(
  given: TableGiven,
  options: TableOptions & { readonly stream?: unknown },
  context: DataContext = anyContext,
): Promise<DataSource> {
  const roles = rolesOf(given, options);
  if (options.stream !== undefined) {
    const { streamedTable } = await import('./streamed.js');
    return streamedTable(given, roles, options, options.stream as StreamSpec, context);
  }
  const { seed, targets: takes, cache } = context;
  const { reader } = given;
  const { names, where } = reader;
  const { target, split, inputs, wanted } = roles;
  const table = await cachedTable(reader, wanted, cache === undefined ? undefined : { folder: cache });
  atWork({ what: 'looking at what was read' });
  refuseEmpty(where, table.rows);
  refuseNoInputs(where, roles);
  const typeOf = (name: string) => (table.columns.get(name) as Column).type;
  const rows = keptRows(table, dropping(roles, options, typeOf));
  refuseNone(where, rows.length, () => emptyIn(table));
  const planned = await planTarget(table, rowList(rows), target, takes);
  const own = given.parts?.() ?? { validation: 0, test: 0 };
  const dropped = table.rows - rows.length;
  refuseDropped(where, dropped, own);
  const plan = planSplit(split, {
    first: rows.length - own.test,
    validation: own.validation,
    test: own.test,
    where,
    rows: {
      classes: planned.classes && pick(planned.classes(), rows),
      column: (name) => splitColumn(table, name, rows),
    },
  });
  const drawn = plan.split(seed);
  const trainRows = Uint32Array.from(drawn.train, (row) => rows[row]);
  const train = rowList(trainRows);
  const columns: FittedColumn[] = [];
  for (const name of inputs) {
    await pauseForMessages();
    atWork({ what: 'fitting the columns', done: columns.length, total: inputs.length });
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
  const classes = planned.classes?.();
  const notes = [
    ...(await strays(
      table,
      [...inputs, ...target.columns].filter((name) => !wanted.types.has(name)),
      point,
    )),
    ...constants(table, columns, trainRows),
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
    table: inMemory(table),
    spec: withTypes(options, inputs, table),
    columns: facts(
      names,
      table,
      missingIn(table, rows),
      trainingIn(table, train),
      columns,
      target.columns,
      options,
    ),
    ...(dropped > 0 && { dropped, numberOf: (row: number) => rows[row] }),
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

/** A column without any value. */
function emptyIn({ columns, rows }: Table): string | undefined {
  const all = Array.from({ length: rows }, (_, row) => row);
  return [...columns].find(([, column]) => all.every((row) => isMissing(column, row)))?.[0];
}

/** Whose classes they are, and their names, where there is one column of them. */
function classesOf(target: FittedTarget): [string, readonly string[]] {
  if (target.kind === 'class') return [`column ${quoted(target.column)}`, target.classes];
  const [first] = target.kind === 'binary' ? target.columns : [];
  return first === undefined ? ['', []] : [`column ${quoted(first.name)}`, first.classes];
}

/** The rows that no rule drops. */
function keptRows(table: Table, names: readonly string[]): Uint32Array {
  const columns = names.map((name) => table.columns.get(name) as Column);
  const rows = Uint32Array.from({ length: table.rows }, (_, row) => row);
  return columns.length === 0
    ? rows
    : rows.filter((row) => !columns.some((column) => isMissing(column, row)));
}

function missingIn({ columns }: Table, rows: Uint32Array): Map<string, number> {
  const count = (column: Column) => rows.reduce((sum, row) => sum + (isMissing(column, row) ? 1 : 0), 0);
  return new Map([...columns].map(([name, column]) => [name, count(column)]));
}

const trainingIn = ({ columns }: Table, train: RowList) =>
  new Map([...columns].map(([name, column]) => [name, trainingFacts(column, train)]));

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
