/** Files of rows by their formats: what a file is, its name says, or what it begins with. */
import { stat } from 'node:fs/promises';
import { UserError } from '../../errors.js';
import { beginningOf } from '../../formats/beginning.js';
import type { ModelFile } from '../../predict/file.js';
import { csvOptionsOf } from '../model-file.js';
import type { RowFile } from './file.js';

export const inputFormats = ['csv', 'jsonl', 'parquet', 'npy', 'images'] as const;
export type InputFormat = (typeof inputFormats)[number];

const byName: readonly (readonly [RegExp, InputFormat])[] = [
  [/\.(jsonl|ndjson|json)(\.gz)?$/i, 'jsonl'],
  [/\.(parquet|pq)$/i, 'parquet'],
  [/\.npy(\.gz)?$|\.npz(#.+)?$/i, 'npy'],
  [/\.(png|jpe?g)$/i, 'images'],
  [/\.(csv|tsv)(\.gz)?$/i, 'csv'],
];

/** @throws UserError where the file's format says nothing to the model */
export async function rowsOf(input: string, file: ModelFile, given?: InputFormat): Promise<RowFile> {
  const { matrix, columns } = file.description.preprocessing;
  const format = given ?? (await formatOf(input));
  if (input === '-' && format !== 'csv' && format !== 'jsonl') {
    throw new UserError(
      `--input: ${format} is read from a file, got it on standard input, where rows are CSV or JSON Lines; name its file`,
    );
  }
  switch (format) {
    case 'jsonl':
      return (await import('./jsonl.js')).jsonlRows(input);
    case 'parquet':
      return (await import('./parquet.js')).parquetRows(input, columns);
    case 'npy':
      return (await import('./npy.js')).npyRows(input, matrix?.features);
    case 'images':
      return (await import('./pictures.js')).pictureRows(input, matrix);
    case 'csv':
      return (await import('./csv.js')).csvRows(input, csvOptionsOf(input, file));
  }
}

/** What files begin with that are no texts, read as one. */
const byBeginning: readonly (readonly [string, InputFormat])[] = [
  ['PAR1', 'parquet'],
  ['\ufffdNUMPY', 'npy'],
  ['PK\x03\x04', 'npy'],
  ['\ufffdPNG\r\n', 'images'],
];

/** What an input is: a folder is one of pictures, a text that begins with `{` JSON Lines, any other one CSV. */
export async function formatOf(input: string): Promise<InputFormat> {
  const named = byName.find(([name]) => name.test(input));
  if (named) return named[1];
  const isFolder = await stat(input).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (isFolder) return 'images';
  const beginning = await beginningOf(input);
  const found = byBeginning.find(([starts]) => beginning.startsWith(starts));
  return found?.[1] ?? (beginning.trimStart().startsWith('{') ? 'jsonl' : 'csv');
}
