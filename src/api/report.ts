/** `report` as a function: a run's folder in, its report.html anew, of a run that broke off too. */
import { dirname, join } from 'node:path';
import { isUserError } from '../errors.js';
import { damageOf } from '../history/event-lines.js';
import { type RunRecord, type RunState, readRun } from '../history/record.js';
import type { InsightsEvent } from '../insights.js';
import { type Disk, makeFolder, realDisk, writeDurably } from '../machine/disk.js';
import { REPORT_FILE, reportOf } from '../page/report.js';
import { followLatest } from '../runs/latest.js';
import { checkRunDir } from '../runs/name.js';
import { checkSettings, flag, path as pathText, signal, threads } from './settings.js';
import { writing } from './writing.js';

/** Of what, and where the report is written. */
export interface ReportSettings {
  /** File to write, in place of report.html in the run's folder. */
  output?: string | undefined;
  /**
   * Whether what the network gets right and wrong is found out from its newest checkpoint and its data, where a run that
   * is over has not told it itself. Default: true.
   */
  insights?: boolean | undefined;
  /** Worker threads for that, as of `train`. */
  threads?: number | 'auto' | undefined;
  /** Ends that. */
  signal?: AbortSignal | undefined;
}

/** What was written. */
export interface ReportResult {
  /** The file that was written. */
  file: string;
  /** Of the run, when it was read. */
  state: RunState;
  /** The file's size. */
  bytes: number;
  /** What the report lacks, and why; undefined: nothing. */
  lacks?: string;
  /** That lines of the run's events are damaged, which the report says too; undefined: none. */
  damage?: string;
}

/**
 * Writes the report of a run from what its folder tells: of one that is done, and of one under way or killed. Changes
 * nothing else.
 * @param runDir the run's folder, or `runs/latest`
 * @throws UserError where there is no run, or the file cannot be written
 */
export async function report(runDir: string, settings: ReportSettings = {}): Promise<ReportResult> {
  checkRunDir(runDir);
  checkSettings<ReportSettings>('report', settings, {
    output: pathText,
    insights: flag,
    threads,
    signal,
  });
  const disk: Disk = realDisk;
  const folder = await followLatest(disk, runDir);
  const run = await readRun(folder, disk);
  const file = settings.output ?? join(folder, REPORT_FILE);
  const { insights, lacks } = settings.insights === false ? {} : await foundOut(run, settings);
  const bytes = Buffer.from(reportOf(insights ? { ...run, insights } : run));
  await writing(file, async () => {
    await makeFolder(disk, dirname(file));
    await writeDurably(disk, file, [bytes]);
  });
  const damage = damageOf(folder, run.damaged);
  return { file, state: run.state, bytes: bytes.length, ...(lacks && { lacks }), ...(damage && { damage }) };
}

/** Nothing of a run under way: it needs its cores itself, and tells it at its end. */
async function foundOut(
  run: RunRecord,
  { threads, signal }: ReportSettings,
): Promise<{ insights?: InsightsEvent | undefined; lacks?: string }> {
  if (run.insights !== undefined || run.state === 'running') return {};
  const { insightsOf } = await import('./insights.js');
  try {
    return {
      insights: await insightsOf(run.folder, { ...(threads && { threads }), ...(signal && { signal }) }),
    };
  } catch (error) {
    if (!isUserError(error)) throw error;
    return { lacks: `what the network gets right and wrong: ${error.message}` };
  }
}
