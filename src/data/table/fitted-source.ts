/** Another file with targets as a data source, by the fit that a model was trained with: nothing is fitted anew. */
import { quoted, UserError } from '../../errors.js';
import { type Preprocessing, slotsOf } from '../../preprocess/fitted.js';
import { classTargets, type DataSource, type Targets } from '../source.js';
import { type Column, isMissing } from './column.js';
import { encodeRows } from './encode.js';
import { ruleOf } from './fit.js';
import { optionsOf, type TableOptions } from './options.js';
import { readTable, type TableReader } from './reader.js';
import { refuseNone } from './roles.js';
import { fillTargets, targetColumns } from './target-columns.js';
import { fillWeights } from './weights.js';

/** What a model's file does not say. */
export interface Besides {
  /** The column of sample weights; undefined: each row counts once. */
  readonly weight?: string;
  /** As the training's data were described: which rows a rule leaves out. Undefined: none. */
  readonly options?: TableOptions;
}

/**
 * All rows of a table that no rule leaves out, as each of the three parts.
 * @throws UserError for columns that are not there, and for cells that the model has no place for, with file and row
 */
export async function fittedSource(
  reader: TableReader,
  { columns, texts, target }: Preprocessing,
  { weight, options }: Besides = {},
): Promise<DataSource> {
  const { where, names } = reader;
  if (columns === undefined)
    throw new UserError(`${where}: the model takes rows of numbers, and this is a table of columns`);
  const wanted = targetColumns(target);
  const weights = weight === undefined ? [] : [{ name: weight, type: 'number' as const }];
  const needed = [...columns, ...wanted, ...weights].map(({ name }) => name);
  const missing = needed.find((name) => !names.includes(name));
  if (missing !== undefined) {
    const what = wanted.some(({ name }) => name === missing)
      ? ', which holds what is to be predicted'
      : missing === weight
        ? ", which holds the rows' weights; with --no-weight each row counts once"
        : '';
    throw new UserError(`${where}: has no column ${quoted(missing)}${what}`);
  }
  const table = await readTable(reader, {
    types: new Map([...columns, ...wanted, ...weights].map(({ name, type }) => [name, type])),
    ignore: new Set(names.filter((name) => !needed.includes(name))),
    cells: { missing: new Set(texts?.missing), point: texts?.point ?? '.' },
  });
  if (table.rows === 0) throw new UserError(`${where}: expected rows, got none`);
  const slots = columns.flatMap(slotsOf);
  const targets: Targets =
    target.kind === 'class'
      ? classTargets(target.classes.length)
      : { kind: 'values', outputs: wanted.length, type: 'float64' };
  const dropping = [...columns, ...wanted].filter(
    ({ name, type }) => options && ruleOf(name, type, optionsOf(options, name, type))?.member.drops,
  );
  const all = Uint32Array.from({ length: table.rows }, (_, row) => row).filter(
    (row) => !dropping.some(({ name }) => isMissing(table.columns.get(name) as Column, row)),
  );
  const rows = all.length;
  refuseNone(where, rows);
  const places = Uint32Array.from({ length: rows }, (_, place) => place);
  return {
    rows,
    features: slots.length,
    slots,
    outputs: target.kind === 'class' ? target.classes.length : wanted.length,
    featureType: 'float64',
    targets,
    parts: { train: rows, validation: rows, test: rows },
    preprocessing: { columns, target },
    ...(rows < table.rows && { dropped: table.rows - rows }),
    ...(weight !== undefined && { hasWeights: true as const }),
    split: () => ({ train: places, validation: places, test: places }),
    async read(window) {
      await encodeRows(table, columns, all, slots.length, window.features as Float64Array);
      if (weight !== undefined && window.weights) await fillWeights(table, weight, all, window.weights);
      await fillTargets(table, wanted, all, window.targets);
    },
  };
}
