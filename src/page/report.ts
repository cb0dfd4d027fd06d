/** The report of a run: `report.html` in its folder. */
import { join } from 'node:path';
import { readRun } from '../history/record.js';
import { type Disk, realDisk, writeDurably } from '../machine/disk.js';
import { documentOf } from './document.js';

/**
 * Writes it anew from what the folder tells, of a run under way or killed too.
 * @returns the file's path @throws UserError where the folder holds no run, or cannot be written
 */
export async function writeReport(folder: string, disk: Disk = realDisk): Promise<string> {
  const run = await readRun(folder, disk);
  const path = join(folder, 'report.html');
  const text = documentOf({ title: `${run.name}: gradpool`, page: 'report', data: run });
  await writeDurably(disk, path, [Buffer.from(text)]);
  return path;
}
