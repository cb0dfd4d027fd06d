/** The barrier with more threads than cores, and its release when a thread fails. */
import '../helpers/bare.js';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { abort } from '../../src/shared/barrier.js';
import { CONTROL_WORDS } from '../../src/shared/control.js';

/** Each thread adds 1 to its own counter, meets, and checks that every counter shows the same round. */
const MEMBER = `
const { workerData, parentPort } = require('node:worker_threads');
import(workerData.barrier).then(({ Barrier }) => {
  const { words, counters, k, rounds, spins, stays } = workerData;
  const barrier = new Barrier(words, counters.length, spins);
  let wrong = 0;
  try {
    for (let round = 1; round <= rounds; round++) {
      if (k === stays && round === rounds) { parentPort.postMessage('stays'); return; }
      Atomics.store(counters, k, round);
      barrier.meet();
      for (let other = 0; other < counters.length; other++) if (Atomics.load(counters, other) !== round) wrong++;
      barrier.meet();
    }
    parentPort.postMessage(wrong);
  } catch (error) {
    parentPort.postMessage(error.name);
  }
});
`;

function members(threads: number, rounds: number, spins: number, stays = -1) {
  const words = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  const counters = new Int32Array(new SharedArrayBuffer(4 * threads));
  const barrier = new URL('../../src/shared/barrier.js', import.meta.url).href;
  const messages = Array.from(
    { length: threads },
    (_, k) =>
      new Promise((resolve, reject) => {
        const workerData = { barrier, words, counters, k, rounds, spins, stays };
        const worker = new Worker(MEMBER, { eval: true, workerData });
        worker.once('message', resolve);
        worker.once('error', reject);
      }),
  );
  return { words, counters, messages };
}

for (const spins of [0, 50, 4000]) {
  t.test(`8 threads, ${spins} spins: nobody is ahead of a meeting`, async (t) => {
    const { messages } = members(8, spins > 50 ? 30 : 500, spins);
    t.strictSame(await Promise.all(messages), Array(8).fill(0));
  });
}

t.test('abort frees those who wait, and those who come later', async (t) => {
  const { words, counters, messages } = members(4, 100, 0, 3);
  t.equal(await messages[3], 'stays');
  while (Atomics.load(counters, 0) < 100) await new Promise((resolve) => setTimeout(resolve, 1));
  abort(words);
  t.strictSame(await Promise.all(messages.slice(0, 3)), ['Aborted', 'Aborted', 'Aborted']);
});
