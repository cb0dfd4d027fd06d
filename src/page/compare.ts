/** The comparison of runs as a page: one file. */
import { dirname } from 'node:path';
import { UserError } from '../errors.js';
import type { Comparison } from '../history/compare.js';
import { type Disk, makeFolder, realDisk, reasonOf, writeDurably } from '../machine/disk.js';
import { documentOf } from './document.js';
import { thinned } from './thin.js';

const MOST_EPOCHS = 2000;

/** @returns the file's path @throws UserError where it cannot be written */
export async function writeComparison(
  comparison: Comparison,
  path: string,
  disk: Disk = realDisk,
): Promise<string> {
  const title = `${comparison.runs.map(({ name }) => name).join(', ')}: gradpool`;
  // A run may have a million epochs: of each so many are drawn, peaks among them.
  const runs = comparison.runs.map((run) => ({
    ...run,
    epochs: thinned(run.epochs, ({ validLoss, trainLoss }) => validLoss ?? trainLoss, MOST_EPOCHS),
  }));
  const text = documentOf({ title, page: 'compare', data: { ...comparison, runs } });
  try {
    await makeFolder(disk, dirname(path));
    await writeDurably(disk, path, [Buffer.from(text)]);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    throw new UserError(`${path}: cannot be written (${reason})`);
  }
  return path;
}
