/** A trial of a sweep: a run that is begun where there is none, continued where there is one, and that may pause early. */
import type { Config } from '../config/schema.js';
import type { TrainEvent } from '../events.js';
import { makeFolder, seenFrom } from '../machine/disk.js';
import type { TrainResult } from '../protocol.js';
import { newestCheckpoint } from '../runs/checkpoints.js';
import { writtenConfig } from '../runs/folder.js';
import { type SubscriberName, type Subscriptions, subscribers } from '../subscribers/index.js';
import { version } from '../version.js';
import { runPlan } from './run.js';

/** Plain data: it crosses to another process. */
export interface TrialOrder {
  readonly folder: string;
  /** Where a folder that is not absolute begins. */
  readonly cwd: string;
  /** Checked, every default filled in. */
  readonly config: Config;
  /** Such as `2 epochs`, from the run's beginning; undefined: to its end. */
  readonly until?: string | undefined;
  /** Whether the test rows are tested at the end; else nothing looks at them. */
  readonly test: boolean;
  readonly threads: number;
  readonly cache?: boolean | string | undefined;
}

/** None: a sweep tells of its trials itself. */
const silent: Subscriptions = Object.fromEntries(
  (Object.keys(subscribers) as SubscriberName[]).map((name) => [name, false]),
);

/** @throws as `train` */
export function runTrial(
  { folder, cwd, config, until, test, threads, cache }: TrialOrder,
  onEvent: (event: TrainEvent) => void,
  signal: AbortSignal,
): Promise<TrainResult> {
  return runPlan({ threads, cache, onEvent, signal, subscribers: silent }, async () => {
    const disk = seenFrom(cwd);
    const folders = await makeFolder(disk, folder);
    const { found, damaged } = await newestCheckpoint(disk, folder);
    const begun = found !== undefined || (await writtenConfig(folder, disk)) !== undefined;
    const resume = begun ? { checkpoint: found?.path ?? null, damaged, force: false } : null;
    const options = { runDir: folder, version, resume, withoutTest: !test, ...(until && { until }) };
    return { config, options, folders };
  });
}
