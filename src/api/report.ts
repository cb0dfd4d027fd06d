/** `report` as a function: a run's folder in, its report.html anew. */
import { join } from 'node:path';
import { type RunState, readRun } from '../history/record.js';
import { type Disk, realDisk, writeDurably } from '../machine/disk.js';
import { REPORT_FILE, reportOf } from '../page/report.js';
import { followLatest } from '../runs/latest.js';
import { checkRunDir } from '../runs/name.js';
import { checkSettings, path as pathText } from './settings.js';

export interface ReportSettings {
  /** File to write, in place of report.html in the run's folder. */
  output?: string | undefined;
}

export interface ReportResult {
  /** The file that was written. */
  file: string;
  /** Of the run, when it was read. */
  state: RunState;
  /** The file's size. */
  bytes: number;
}

/**
 * Writes the report of a run from what its folder tells: of one that is done, and of one under way or killed. Changes
 * nothing else.
 * @param runDir the run's folder, or `runs/latest`
 * @throws UserError where there is no run, or the file cannot be written
 */
export async function report(runDir: string, settings: ReportSettings = {}): Promise<ReportResult> {
  checkRunDir(runDir);
  checkSettings<ReportSettings>('report', settings, { output: pathText });
  const disk: Disk = realDisk;
  const folder = await followLatest(disk, runDir);
  const run = await readRun(folder, disk);
  const file = settings.output ?? join(folder, REPORT_FILE);
  const bytes = Buffer.from(reportOf(run));
  await writeDurably(disk, file, [bytes]);
  return { file, state: run.state, bytes: bytes.length };
}
