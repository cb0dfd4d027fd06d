/** The formats of data files by the endings of their names: the one place that knows which is which. */
import { stat } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { csvFormat } from './csv.js';
import { jsonlFormat } from './jsonl.js';
import type { Looked, LookFormat } from './looked.js';
import { noTable } from './others.js';
import { parquetFormat } from './parquet.js';

export type { Finding, Looked } from './looked.js';

const formats: readonly LookFormat[] = [csvFormat, jsonlFormat, parquetFormat];

const endingOf = (path: string, { endings, gzip }: LookFormat) =>
  endings.find((ending) => {
    const name = path.toLowerCase();
    return name.endsWith(ending) || (gzip === true && name.endsWith(`${ending}.gz`));
  });

/** Whether a file's name says that it holds a table. */
export const isTableName = (path: string): boolean =>
  formats.some((format) => endingOf(path, format) !== undefined);

/** A file's name without its folder and its ending, `penguins` of `data/penguins.csv.gz`. */
export function stemOf(path: string): string {
  const name = path.replace(/^.*[/\\]/, '');
  const ending = formats.map((format) => endingOf(name, format)).find((each) => each !== undefined);
  const bare = name.replace(/\.gz$/i, '');
  return ending === undefined ? bare : bare.slice(0, -ending.length);
}

/** Looks at a file. @throws UserError for a format that there is none of, and for a file that is not of its format */
export async function lookAt(path: string): Promise<Looked> {
  const format = formats.find((each) => endingOf(path, each) !== undefined);
  if (format !== undefined) return format.look(path);
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) throw new UserError(`${path}: no such file`);
  const other = noTable(path, status.isDirectory());
  if (other !== undefined) throw other;
  const known = formats.flatMap(({ endings, gzip }) => [
    ...endings,
    ...(gzip ? endings.slice(0, 1).map((ending) => `${ending}.gz`) : []),
  ]);
  throw new UserError(
    `${path}: expected a data file whose name ends in ${known.join(', ')}; rename it, or link it under such a name`,
  );
}
