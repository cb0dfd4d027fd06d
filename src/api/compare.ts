/** `compare` as a function: in what do runs differ, and what came of it? */
import { realpath } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { type Comparison, compareRuns } from '../history/compare.js';
import { seenFrom } from '../machine/disk.js';
import { followLatest } from '../runs/latest.js';
import { checkRunDir } from '../runs/name.js';
import { checkSettings, textOf } from './settings.js';

/** How runs are compared. */
export interface CompareSettings {
  /** The figure whose differences are tested: `loss`, or a metric. Default: the one that decided which weights are left. */
  metric?: string;
}

/**
 * Compares runs: in which keys of their configurations they differ, their figures, and, where runs differ in their seed
 * alone, whether groups of them differ by more than chance: pairs of runs with the same seed by the paired t-test and
 * Wilcoxon's signed-rank test, runs without such pairs by Welch's t-test.
 * @param folders of two runs or more, under way or ended; `runs/latest` is the newest one
 * @throws UserError where a folder holds no run, and for a figure that no run has
 */
export async function compare(
  folders: readonly string[],
  settings: CompareSettings = {},
): Promise<Comparison> {
  const disk = seenFrom(process.cwd());
  checkSettings<CompareSettings>('compare', settings, { metric: textOf });
  const paths: string[] = [];
  for (const folder of folders) paths.push(await followLatest(disk, checkRunDir(folder)));
  // By whatever way they are named: what is no folder is told of when it is read.
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
  if (paths.length < 2) throw new UserError('compare: expected two runs at least, got one');
  const twice = paths.find((_, k) => real.indexOf(real[k]) !== k);
  if (twice !== undefined) throw new UserError(`compare: expected each run once, got ${twice} twice`);
  const { recordedConfig } = await import('../config/load.js');
  const complete = (config: unknown) => {
    try {
      return recordedConfig(config, {}, 'config.json');
    } catch {
      // Of a version with other keys: they are compared as they are.
      return config;
    }
  };
  return compareRuns(paths, disk, complete, settings.metric);
}
