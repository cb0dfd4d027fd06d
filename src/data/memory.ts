/** Data that a program has in memory already: arrays of features and targets, or rows of named columns. */
import { createHash } from 'node:crypto';
import { UserError } from '../errors.js';
import { isMapping, jsonable } from '../formats/json.js';
import type { Options, Spec, Values } from '../options.js';
import { givenMatrix, givenTarget } from './matrix/given.js';
import { scaleOption } from './matrix/scale.js';
import { matrixSource } from './matrix/source.js';
import { planTarget, type TargetOptions } from './matrix/targets.js';
import { anyContext, type DataContext, type DataFamily, type DataSource } from './source.js';
import { type TableOptions, tableOptions } from './table/options.js';
import { rowsReader } from './table/rows-reader.js';
import { tableSource } from './table/source.js';

const { target, split, ...ofTables } = tableOptions;

export const memoryOptions = {
  features: {
    type: 'given',
    description:
      'Features: a typed array, row by row, with width; or an array of rows, each an array or a typed one.',
    optional: true,
  },
  width: {
    type: 'integer',
    min: 1,
    max: 2 ** 31,
    description: 'Values a row, where features are one array.',
    optional: true,
  },
  rows: {
    type: 'given',
    description: 'In place of features: objects, whose keys are columns.',
    optional: true,
  },
  target: {
    ...target,
    description:
      'What is to be predicted: with features an array, a value or several for each row; with rows a column, several, or a ' +
      'mapping that says more.',
    of: [...target.of, { type: 'given', description: 'Labels, numbers or texts, or values.' }],
  },
  targetType: {
    type: 'choice',
    of: ['class', 'value'],
    description:
      'With features: whether targets are labels or values. Default: what the loss takes them for.',
    optional: true,
  },
  classes: {
    type: 'texts',
    least: 2,
    description: 'With features: the classes in an order of their own; what the labels 0, 1, 2, … stand for.',
    optional: true,
  },
  scale: scaleOption,
  missing: { type: 'texts', default: [], description: 'With rows: texts that mean a missing value.' },
  ...ofTables,
  split,
} as const satisfies Options;

/**
 * Only a program can name it: `train({ data: { name: 'memory', features, width: 4, target }, … })`. Arrays are copied once to
 * the thread that trains; those over a SharedArrayBuffer are not. A run's config.json says in their place how many there
 * were, of which type, and their SHA-256. To go on with it, hand them over again: `resume(folder, { config })`.
 */
export const memory: DataFamily<typeof memoryOptions> = {
  description: 'Arrays or objects that a program hands over; for the library alone.',
  options: memoryOptions,
  async open(given, context = anyContext) {
    for (const key of ['features', 'rows', 'target'] as const) refuseRecorded(key, given[key]);
    if ((given.features === undefined) === (given.rows === undefined)) {
      throw new UserError(
        `data: expected features or rows, got ${given.rows === undefined ? 'neither' : 'both'}; they are handed over by a ` +
          "program: train({ data: { name: 'memory', features, width, target }, … })",
      );
    }
    return given.rows === undefined ? ofArrays(given, context) : ofRows(given, context);
  },
};

/** What is said of rows in memory. */
export type Asked = Values<typeof memoryOptions>;

/**
 * @param name of the family that it is for
 * @param place how a program writes where it has a value: row, column and place, from 0 on
 */
export async function ofArrays(
  given: Asked,
  context: DataContext,
  name = 'memory',
  place = (row: number, column: number, at: number) =>
    ArrayBuffer.isView(given.features) ? `[${at}]` : `[${row}][${column}]`,
): Promise<DataSource> {
  const { features, width, scale, split: wanted, targetType, classes } = given;
  const matrix = givenMatrix(features, width, 'data.features');
  const targets = givenTarget(given.target, matrix.rows);
  const options: TargetOptions = { type: targetType, classes };
  const recorded = {
    values: matrix.rows * matrix.columns,
    rows: matrix.rows,
    type: matrix.type,
    sha256: matrix.hash(),
  };
  const labels = createHash('sha256').update(JSON.stringify(Array.from<unknown>(targets.values)));
  return matrixSource(
    {
      where: 'data.features',
      train: {
        where: 'data.features',
        rows: matrix.rows,
        shape: [matrix.columns],
        type: matrix.type,
        placeOf: (at) => `data.features${place(Math.floor(at / matrix.columns), at % matrix.columns, at)}`,
        readInto: async (into) => matrix.copyInto(into),
      },
      width: targets.width,
      target: async () => planTarget(targets, options, context.targets),
      scale,
      split: wanted,
      usualSplit: { name: 'random' },
      spec: {
        ...given,
        features: { recorded },
        target: { recorded: { values: targets.values.length, sha256: labels.digest('hex') } },
        name,
      } as Spec,
    },
    context,
  );
}

/** What of it is said of a table. @throws UserError for what is said of features */
export function ofColumns({
  rows: _rows,
  missing: _missing,
  features: _features,
  width,
  scale,
  targetType,
  classes,
  ...others
}: Asked): TableOptions {
  const odd = Object.entries({ width, scale, targetType, classes }).find(([, value]) => value !== undefined);
  if (odd)
    throw new UserError(`data.${odd[0]}: is for features, and the data are rows of columns; leave it out`);
  return others as unknown as TableOptions;
}

async function ofRows(given: Asked, context: DataContext): Promise<DataSource> {
  const { rows, missing } = given;
  const table = ofColumns(given);
  if (!Array.isArray(rows))
    throw new UserError('data.rows: expected an array of objects, got something else');
  const source = await tableSource({ reader: rowsReader(rows, 'data.rows'), missing }, table, context);
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${JSON.stringify(row, jsonable)}\n`);
  const recorded = { rows: rows.length, sha256: hash.digest('hex') };
  return {
    ...source,
    spec: { ...(source.spec as Spec), name: 'memory', missing, rows: { recorded } } as Spec,
  };
}

/** What a run's config.json has in place of the data. */
export function refuseRecorded(key: string, value: unknown): void {
  if (!isMapping(value) || ArrayBuffer.isView(value) || !('recorded' in value)) return;
  throw new UserError(
    `data.${key}: the run's data were in a program's memory, and only their SHA-256 was recorded; hand them over again: ` +
      'resume(folder, { config }) or train(config), with the data in the configuration',
  );
}
