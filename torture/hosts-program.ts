/** One of several processes that mpirun starts: trains one configuration after another with the others. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ConfigInput } from '../src/config/schema.js';
import { train } from '../src/index.js';

/** What such a process is told, in a file. */
export interface HostsTask {
  readonly nodes: number;
  readonly threads: number;
  readonly configs: readonly ConfigInput[];
  /** Where host 0 writes the hashes of the weights to. */
  readonly hashes: string;
}

const { nodes, threads, configs, hashes } = JSON.parse(readFileSync(process.argv[2], 'utf8')) as HostsTask;
const found: string[] = [];
let host = -1;
for (const config of configs) {
  const { summary } = await train(config, {
    nodes,
    threads,
    // Host 0 alone is told of events.
    onEvent: () => {
      host = 0;
    },
  });
  found.push(summary.weightsHash);
}
if (host === 0) writeFileSync(hashes, JSON.stringify(found));
