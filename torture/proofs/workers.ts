/** A worker that fails in any way at any place: the run goes on, and its weights are what they would have been. */
import { join } from 'node:path';
import { type Disk, realDisk } from '../../src/machine/disk.js';
import type { TrainEvent } from '../../src/protocol.js';
import { type Fault, type FaultPlan, faultPlan, faults, places, SharedWord } from '../faults.js';
import { demand, type Given, type Proof, randomOf } from '../proof.js';
import { inFolder, runSmall, smallConfig } from '../small.js';

const THREADS = 3;
const CHECKPOINT_EVERY = 20;
const program = (data: FaultPlan) => ({ file: new URL('../faulty-entry.cjs', import.meta.url), data });
/** All of them, since seven and six have no common divisor; the first have each fault twice, and each place. */
const combinations = Array.from({ length: faults.length * places.length }, (_, k) => ({
  fault: faults[k % faults.length],
  place: places[k % places.length],
}));

export const workers: Proof = {
  name: 'workers',
  what: 'a worker × seven faults × six places, once or twice: the same weights; three times: an account',
  short: faults.length,
  long: 20 * combinations.length,
  async run(given) {
    const whole = await runSmall(smallConfig(), {});
    const seen = new Map<Fault, number>();
    let survived = 0;
    for (let index = 0; index < given.count; index++) {
      const { fault, place } = combinations[index % combinations.length];
      const random = randomOf(given, 'workers', index);
      const times = 1 + random.below(2);
      const plan = faultPlan(fault, place, random.below(THREADS), 1 + random.below(150), times);
      const told = `${fault} at ${place}, worker ${plan.worker}, step ${plan.step}, ${times} times`;
      await inFolder(async (folder) => {
        const { hash, events, ms } = await runWith(plan, join(folder, 'run'));
        demand(hash === whole.hash, given, index, `other weights: ${told}`);
        // Checkpoints may be too few for a second one.
        const left = plan.words[SharedWord.left];
        const enough = left === 0 || (place === 'checkpoint' && left < times);
        demand(enough, given, index, `it never happened: ${told}`);
        const noticed = events.filter(({ event }) => event === 'fault').length;
        // A rejection that nobody handles ends a thread when its task is done, and then nothing is lost.
        demand(noticed > 0 || fault === 'unhandled rejection', given, index, `nobody noticed: ${told}`);
        survived += noticed;
        if (ms !== undefined) seen.set(fault, Math.max(seen.get(fault) ?? 0, ms));
      });
      given.progress?.(index + 1);
    }
    await givesUp(given);
    const latest = [...seen].map(([fault, ms]) => [`${fault}, seen within ms`, Math.round(ms)]);
    return { 'failures survived': survived, ...Object.fromEntries(latest) };
  },
};

async function runWith(plan: FaultPlan, runDir: string) {
  let ms: number | undefined;
  const onEvent = (event: TrainEvent) => {
    if (event.event === 'fault') ms = Date.parse(event.at) - plan.when[0];
  };
  const config = smallConfig({ checkpoint: { every: `${CHECKPOINT_EVERY} steps`, keep: 2 } });
  const options = { threads: THREADS, runDir };
  const given = {
    program: program(plan),
    disk: plan.place === 'checkpoint' ? telling(plan.words) : realDisk,
  };
  return { ...(await runSmall(config, options, given, onEvent)), ms };
}

/** Three failures at one step end a run, with a checkpoint of what there was, from which it can be ended well. */
async function givesUp(given: Given): Promise<void> {
  const whole = await runSmall(smallConfig(), {});
  await inFolder(async (folder) => {
    const runDir = join(folder, 'run');
    const failure = await runWith(faultPlan('throw', 'forward', 1, 77, 3), runDir).then(
      () => undefined,
      (error: Error) => error,
    );
    demand(failure?.name === 'RunFailure', given, -1, `three failures at a step: ${failure}`);
    for (const part of [
      /^3 failures at step 77, /,
      /worker 1 failed \(injected\) while computing its rows, step 77/,
      /--resume/,
    ]) {
      demand(part.test(failure.message), given, -1, `the account does not say ${part}: ${failure.message}`);
    }
    const checkpoint = /kept: (\S+\.safetensors)/.exec(failure.message)?.[1] ?? '';
    const rest = await runSmall(smallConfig(), {
      runDir,
      resume: { checkpoint, damaged: [], force: false },
    });
    demand(rest.hash === whole.hash, given, -1, 'other weights after a run that was given up');
  });
}

/** The disk, with a word that says whether a checkpoint is being written, which takes until a worker has failed by it. */
function telling(words: Int32Array): Disk {
  return {
    ...realDisk,
    async open(path, ...rest) {
      if (String(path).includes('step-')) {
        Atomics.store(words, SharedWord.writing, 1);
        const before = Atomics.load(words, SharedWord.left);
        // Few checkpoints have it in vain: those before the worker's step, and the last.
        for (let k = 0; k < 20 && before > 0 && Atomics.load(words, SharedWord.left) === before; k++) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
      return realDisk.open(path, ...rest);
    },
    async rename(...args) {
      await realDisk.rename(...args);
      Atomics.store(words, SharedWord.writing, 0);
    },
  };
}
