/** The report of a run: `report.html` in its folder. */
import { join } from 'node:path';
import { type RunRecord, readRun } from '../history/record.js';
import { type Disk, realDisk, writeDurably } from '../machine/disk.js';
import { documentOf } from './document.js';
import { reportData } from './report-data.js';

/** The file's name, in the run's folder. */
export const REPORT_FILE = 'report.html';

/**
 * Writes it anew from what the folder tells, of a run under way or killed too.
 * @returns the file's path @throws UserError where the folder holds no run, or cannot be written
 */
export async function writeReport(folder: string, disk: Disk = realDisk): Promise<string> {
  const path = join(folder, REPORT_FILE);
  await writeDurably(disk, path, [Buffer.from(reportOf(await readRun(folder, disk)))]);
  return path;
}

/** The file's text. */
export function reportOf(run: RunRecord): string {
  return documentOf({ title: `${run.name}: gradpool`, page: 'report', data: reportData(run) });
}
