/** A worker killed every hundred steps for a long time: the same weights, and nothing that grows. */
import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { faultPlan } from '../faults.js';
import { demand, type Proof } from '../proof.js';
import { runSmall, smallConfig } from '../small.js';

const EVERY = 100;
const THREADS = 2;
/** Growth of the process between the second and the last quarter that is still no leak: what V8 does of itself. */
const MOST_GROWTH_MIB = 32;
/** So many tell early from late, on a busy machine too. */
const FEWEST_SAMPLES = 8;

interface Sample {
  readonly rss: number;
  readonly threads: number;
  readonly files: number;
}

export const soak: Proof = {
  name: 'soak',
  what: 'a worker killed every 100 steps, for so many seconds: the same weights; memory, threads and files do not grow',
  short: 3,
  long: 600,
  async run(given) {
    setFlagsFromString('--expose-gc');
    const gc: () => void = runInNewContext('gc');
    const samples: Sample[] = [];
    const sample = () => {
      gc();
      samples.push({ rss: process.memoryUsage.rss() / 2 ** 20, threads: threadsNow(), files: filesNow() });
    };
    const begun = performance.now();
    const seconds = () => (performance.now() - begun) / 1000;
    const config = smallConfig({ epochs: 1_000_000, validate: { every: '1000000 epochs' } });
    const plan = faultPlan('exit', 'average', 1, EVERY, 2 ** 30, EVERY);
    const program = { file: new URL('../faulty-entry.cjs', import.meta.url), data: plan };
    let faults = 0;
    const disturbed = await runSmall(config, { threads: THREADS }, { program }, (event, trainer) => {
      if (event.event !== 'fault') return;
      faults++;
      if (faults % 2 === 0) sample();
      given.progress?.(Math.floor(seconds()));
      if (seconds() > given.count && samples.length >= FEWEST_SAMPLES) trainer.stop();
    });
    const calm = await runSmall(config, { threads: THREADS, untilStep: disturbed.steps });
    demand(calm.hash === disturbed.hash, given, faults, `other weights after ${disturbed.steps} steps`);
    const quarter = Math.floor(samples.length / 4);
    const early = mean(samples.slice(quarter, 2 * quarter).map(({ rss }) => rss));
    const late = mean(samples.slice(-quarter).map(({ rss }) => rss));
    const growth = late - early;
    demand(growth < MOST_GROWTH_MIB, given, faults, `memory grew by ${growth.toFixed(1)} MiB`);
    const most = (which: 'threads' | 'files', part: readonly Sample[]) =>
      Math.max(...part.map((one) => one[which]));
    for (const which of ['threads', 'files'] as const) {
      const [before, after] = [
        most(which, samples.slice(0, 2 * quarter)),
        most(which, samples.slice(-quarter)),
      ];
      demand(after <= before + 2, given, faults, `${which}: ${before} at first, ${after} at the end`);
    }
    return {
      'workers killed': faults,
      steps: disturbed.steps,
      'growth MiB': growth.toFixed(1),
      'KiB a kill': ((growth * 1024) / (faults / 2)).toFixed(1),
      threads: most('threads', samples),
      files: most('files', samples),
    };
  },
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Where the system tells; 0 elsewhere, and then there is nothing to compare. */
function threadsNow(): number {
  try {
    return Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function filesNow(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
