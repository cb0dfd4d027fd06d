/** One of several processes that mpirun starts: trains one configuration after another with the others. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ConfigInput } from '../src/config/schema.js';
import { isFirst } from '../src/hosts/launcher.js';
import { train } from '../src/index.js';
import { type TrainedBy, toldOf } from './told.js';

/** What such a process is told, in a file. */
export interface HostsTask {
  readonly nodes: number;
  readonly threads: number;
  readonly configs: readonly ConfigInput[];
  /** Where runs are written to. */
  readonly folder: string;
  /** Where host 0 writes what they have come to. */
  readonly results: string;
}

const { nodes, threads, configs, folder, results } = JSON.parse(
  readFileSync(process.argv[2], 'utf8'),
) as HostsTask;
const trained: TrainedBy = (config, runDir, onEvent) =>
  train(config, { nodes, threads, runDir, onEvent, subscribers: { report: false } });
const found: string[] = [];
for (const config of configs) {
  // What host 0 tells, the others end with too.
  found.push(await toldOf(config, folder, trained).catch((error: Error) => error.message));
}
if (isFirst()) writeFileSync(results, JSON.stringify(found));
