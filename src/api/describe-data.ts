/** `describeData` as a function: what a configuration's data, or a data file, hold. */
import { stat } from 'node:fs/promises';
import { UserError } from '../errors.js';
import type { DataDescription } from '../look/describe.js';
import { checkSettings, wholeFrom } from './settings.js';

/** How data are looked at. */
export interface DescribeSettings {
  /** First rows, or images, to show; default 5. */
  rows?: number;
}

/** Endings of configurations. */
const isConfig = (path: string) => path === '-' || /\.(ya?ml|json)$/i.test(path);

/**
 * Whether a file that could be a configuration begins as rows do: a list, or an object in the first line and another one in
 * the next.
 * @throws UserError for rows from standard input, which are read more than once
 */
async function holdsRows(path: string): Promise<boolean> {
  if (!(path === '-' ? !process.stdin.isTTY : /\.json$/i.test(path))) return false;
  const { beginningOf } = await import('../formats/beginning.js');
  const isRows = /^\s*(\[|\{.*\}[ \t]*\r?\n\s*\{)/.test(await beginningOf(path));
  if (isRows && path === '-') {
    throw new UserError(
      'standard input: expected a configuration, got rows of JSON; data are looked at more than once: write them to a file, ' +
        'and name it (gradpool data show rows.jsonl)',
    );
  }
  return isRows;
}

/**
 * What data hold: columns with statistics, classes, the first rows, sizes of the parts.
 * @param path a configuration, a data file, or a folder of IDX files
 * @throws UserError for what cannot be read
 */
export async function describeData(path: string, settings: DescribeSettings = {}): Promise<DataDescription> {
  checkSettings<DescribeSettings>('describeData', settings, { rows: wholeFrom(0) });
  const { rows = 5 } = settings;
  const { describeFile, describeSource } = await import('../look/describe.js');
  const { openData } = await import('../data/index.js');
  if (isConfig(path) && !(await holdsRows(path))) {
    const { loadConfig } = await import('../config/load.js');
    const { cacheFolder } = await import('../machine/cache-folder.js');
    const { losses } = await import('../model/losses/index.js');
    const { name, seed, data, loss } = await loadConfig(path);
    const source = await openData(data, { seed, targets: losses[loss.name].targets, cache: cacheFolder() });
    try {
      return await describeSource(source, { name, family: data.name, seed, rows });
    } finally {
      await source.stream?.close?.();
    }
  }
  const isFolder = await stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (!isFolder) return describeFile(path, rows);
  const source = await openData({ name: 'idx', path } as never, { seed: 0, targets: 'classes' });
  return describeSource(source, { name: path, family: 'idx', seed: 0, rows });
}
