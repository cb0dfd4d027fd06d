/** Data that a program gives row by row, from a database, a generator, a connection: an iterable, asynchronous or not. */
import { UserError } from '../errors.js';
import { type GivenRows, rowsGiven } from '../machine/rows-given.js';
import type { Options, Spec, Values } from '../options.js';
import { gatherPairs } from './matrix/pairs.js';
import { memoryOptions, ofArrays, ofColumns, refuseRecorded } from './memory.js';
import { anyContext, type DataContext, type DataFamily, type DataSource } from './source.js';
import { streamOption } from './streaming.js';
import type { TableOptions } from './table/options.js';
import { tableSource } from './table/source.js';
import { streamReader } from './table/stream-reader.js';

const options = {
  ...memoryOptions,
  rows: {
    type: 'given',
    description:
      'An iterable, asynchronous or not, of objects, whose keys are columns; or a function that makes one.',
    optional: true,
  },
  features: {
    type: 'given',
    description:
      'In place of rows: an iterable of pairs [features, target], the features an array or a typed array of numbers.',
    optional: true,
  },
  width: {
    type: 'integer',
    min: 1,
    max: 2 ** 31,
    description: 'Values that the features of each pair have. Default: as many as those of the first.',
    optional: true,
  },
  target: {
    ...memoryOptions.target,
    description:
      'With rows: what is to be predicted, a column, several, or a mapping that says more. Pairs bring their targets.',
    optional: true,
  },
  stream: streamOption,
} as const satisfies Options;

type Asked = Values<typeof options>;

/**
 * Only a program can name it: `train({ data: { name: 'stream', rows, target: 'price' }, … })`. The iterable is read once, to
 * its end, before training begins: a batch of at most 1,024 rows is read, one is on its way, and no more is asked for. What
 * is made of it is what `memory` makes of the same rows, with the same bits. Columns are the keys of the first row; a column
 * that begins with numbers or dates cannot turn into one of texts, unless its `type` says so. A run's config.json says how
 * many rows there were, and their SHA-256; to go on with it, hand the same rows over again. With `stream` the rows go into a
 * file of columns as they come, and may be more than memory holds.
 */
export const stream: DataFamily<typeof options> = {
  description: 'Rows that a program gives one after another, from an iterable; for the library alone.',
  options,
  async open(given, context = anyContext) {
    for (const key of ['rows', 'features'] as const) refuseRecorded(key, given[key]);
    const { rows, features } = given;
    if ((features === undefined) === (rows === undefined)) {
      throw new UserError(
        `data: expected rows or features, got ${rows === undefined ? 'neither' : 'both'}; a program hands them over: ` +
          "train({ data: { name: 'stream', rows: iterable, target: 'column' }, … })",
      );
    }
    const read = rows === undefined ? rowsGiven(features, 'data.features') : rowsGiven(rows, 'data.rows');
    try {
      return rows === undefined ? await ofPairs(given, read, context) : await ofRows(given, read, context);
    } finally {
      await read.close();
    }
  },
};

async function ofRows(given: Asked, rows: GivenRows, context: DataContext): Promise<DataSource> {
  if (given.target === undefined) {
    throw new UserError('data.target: expected the column that is to be predicted, got nothing');
  }
  const { missing } = given;
  const { stream: windows } = given;
  const table = { ...ofColumns({ ...given, target: given.target }), ...(windows && { stream: windows }) };
  const reader = await streamReader(rows, typed(table), 'data.rows');
  const source = await tableSource({ reader, missing }, table, context);
  const recorded = reader.recorded();
  return {
    ...source,
    spec: { ...(source.spec as Spec), name: 'stream', missing, rows: { recorded } } as Spec,
  };
}

/** Columns whose type somebody has said. */
function typed({ columns, weight }: TableOptions): ReadonlySet<string> {
  const given = Object.entries(columns as Readonly<Record<string, { readonly type?: string }>>);
  const names = given.flatMap(([name, { type }]) => (type === undefined ? [] : [name]));
  return new Set(weight === undefined ? names : [...names, weight]);
}

async function ofPairs(given: Asked, rows: GivenRows, context: DataContext): Promise<DataSource> {
  if (given.target !== undefined) {
    throw new UserError('data.target: is for rows of columns, and pairs bring their targets; leave it out');
  }
  if (given.stream !== undefined) {
    throw new UserError('data.stream: is for rows of columns; pairs are gathered in memory, leave it out');
  }
  const { features, target, width } = await gatherPairs(rows, given.width, 'data.features');
  const inPairs = (row: number, column: number) => `[${row}][0][${column}]`;
  const source = await ofArrays({ ...given, features, target, width }, context, 'stream', inPairs);
  // What it was in the configuration: the pairs again, with what was recorded of both halves.
  const { target: labels, ...spec } = source.spec as Spec & { features: object; target: object };
  return { ...source, spec: { ...spec, features: joined(spec.features, labels), width } as Spec };
}

/** One record of two. */
function joined(features: object, target: object): { recorded: object } {
  const { recorded } = features as { recorded: object };
  return { recorded: { ...recorded, target: (target as { recorded: object }).recorded } };
}
