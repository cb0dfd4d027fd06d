/** A run stopped after any of its steps and gone on with, by any number of threads, ends with the same weights. */
import { join } from 'node:path';
import { realDisk } from '../../src/machine/disk.js';
import { newestCheckpoint } from '../../src/runs/checkpoints.js';
import { demand, type Given, type Proof, randomOf } from '../proof.js';
import { inFolder, runSmall, smallConfig } from '../small.js';

const STEPS = 200;
const THREADS = 4;

export const resume: Proof = {
  name: 'resume',
  what: 'stop after a step of a 200-step run, resume with 1 to 4 threads: the same weights',
  short: 6,
  // Every step with every number of threads.
  long: STEPS * THREADS,
  async run(given) {
    const whole = await runSmall(smallConfig(), { untilStep: STEPS });
    let faults = 0;
    for (let index = 0; index < given.count; index++) {
      const { step, before, after } = caseOf(given, index);
      await inFolder(async (folder) => {
        const runDir = join(folder, 'run');
        const options = { runDir, untilStep: step, threads: before };
        const half = await runSmall(smallConfig(), options);
        demand(half.steps === step, given, index, `stopped after step ${half.steps}, not ${step}`);
        const { found } = await newestCheckpoint(realDisk, runDir);
        demand(found?.checkpoint.state.step === step, given, index, `no checkpoint of step ${step}`);
        const rest = await runSmall(smallConfig(), {
          runDir,
          untilStep: STEPS,
          threads: after,
          resume: { checkpoint: found.path, damaged: [], force: false },
        });
        const begun = rest.events.find(({ event }) => event === 'resume');
        demand(
          begun?.event === 'resume' && begun.step === step,
          given,
          index,
          `resumed elsewhere than ${step}`,
        );
        demand(
          rest.hash === whole.hash,
          given,
          index,
          `other weights: step ${step}, ${before} then ${after} threads`,
        );
        faults += rest.events.filter(({ event }) => event === 'fault').length;
      });
      given.progress?.(index + 1);
    }
    demand(faults === 0, given, 0, `${faults} workers failed that nobody touched`);
    return { 'of steps': Math.min(given.count, STEPS) };
  },
};

/** Short: steps at random. Long: step 1 with one thread, with two, …, up to step 200 with four. */
function caseOf(given: Given, index: number): { step: number; before: number; after: number } {
  const random = randomOf(given, 'resume', index);
  const all = given.count >= STEPS * THREADS;
  const step = all ? Math.floor(index / THREADS) + 1 : 1 + random.below(STEPS);
  const after = (index % THREADS) + 1;
  return { step, before: 1 + random.below(THREADS), after };
}
