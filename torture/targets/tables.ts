/** Files of rows as targets: CSV, JSON Lines, Parquet. Knows what a table may hold, not how it is read. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { parquetRead } from 'hyparquet';
import type { Column } from '../../src/data/table/column.js';
import { csvReader } from '../../src/data/table/csv-reader.js';
import { jsonlReader } from '../../src/data/table/jsonl-reader.js';
import { parquetReader } from '../../src/data/table/parquet-reader.js';
import { readTable, type TableReader } from '../../src/data/table/reader.js';
import { UserError } from '../../src/errors.js';
import type { Target, Targets } from './target.js';

/** A column of this name must be of numbers, and of this one of dates: what is none is told with its place. */
export const numbers = 'n';
export const dates = 'd';

const table =
  (open: (path: string) => Promise<TableReader>, point: '.' | ',' = '.'): Target =>
  async (_bytes, path) => {
    const reader = await open(path);
    const { rows, columns } = await readTable(reader, {
      types: new Map([
        [numbers, 'number'],
        [dates, 'date'],
      ]),
      ignore: new Set(['left out']),
      cells: { missing: new Set(['NA', '-1']), point },
    });
    for (const [name, column] of columns) look(name, column, rows);
    return 'accepted';
  };

/** As many cells as rows; every category is there for a cell, and no two are alike. */
function look(name: string, column: Column, rows: number): void {
  const cells = column.type === 'category' ? column.codes : column.values;
  if (cells.length !== rows) throw new Error(`column ${name} has ${cells.length} cells, not ${rows}`);
  if (column.type !== 'category') {
    if (column.values.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY))
      throw new Error(`column ${name} holds a number that is not finite`);
    return;
  }
  const { codes, names } = column;
  if (new Set(names).size !== names.length) throw new Error(`column ${name} has one category twice`);
  if (codes.some((code) => code < -1 || code >= names.length))
    throw new Error(`column ${name} has a category without a name`);
}

/** Reads on to the end of whatever it is. */
const endless: Target = async (_bytes, path) => {
  try {
    for await (const _ of createReadStream(path));
  } catch {}
  return 'accepted';
};

/** Leaves what is no JSON to whoever calls. */
const unheard: Target = async (_bytes, path) => {
  for (const line of (await readFile(path, 'utf8').catch(() => '')).split('\n')) if (line) JSON.parse(line);
  return 'accepted';
};

/** Has pages decoded as they say. */
const unpaged: Target = async (bytes, path) => {
  try {
    if ((await stat(path)).size !== bytes.length) throw new Error();
    await parquetRead({ file: Uint8Array.from(bytes).buffer, onComplete: () => {} });
  } catch {
    throw new UserError('damaged');
  }
  return 'accepted';
};

export const tableTargets: Targets = {
  csv: table((path) => csvReader(path, {})),
  semicolons: table(
    (path) => csvReader(path, { delimiter: ';', trim: true, encoding: 'latin1', header: ['n', 'd', 'x'] }),
    ',',
  ),
  jsonl: table((path) => jsonlReader(path)),
  parquet: table(parquetReader),
  'csv without the look at bytes 0': endless,
  'jsonl without the care for damage': unheard,
  'parquet without the look at pages': unpaged,
};
