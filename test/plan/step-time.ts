/** The model of a step's time: what it must say of steps that nobody needs to measure, and the number of threads that follows. */
import t from 'tap';
import { network } from '../../src/model/network.js';
import { defaultShards } from '../../src/plan/shards.js';
import { chooseThreads, type StepShape, stepTime } from '../../src/plan/step-time.js';

function shape(batchSize: number, ...widths: number[]): StepShape {
  const layers = widths.slice(1).map((units) => ({ units, activation: 'relu' as const }));
  const net = network(widths[0], layers, { name: 'he-uniform' });
  const shards = defaultShards(batchSize);
  return { net, engine: 'wasm', bytes: 4, batchSize, shards, averaging: 'slices' };
}

t.test(
  'a step takes longer with more work, and less with more threads where there is work to share',
  async (t) => {
    const usual = shape(128, 784, 100, 100, 10);
    const seconds = [1, 2, 4, 8].map((threads) => stepTime(usual, threads).seconds);
    for (let k = 1; k < seconds.length; k++) t.ok(seconds[k] < seconds[k - 1]);
    t.ok(seconds[0] / seconds[1] > 1.8 && seconds[0] / seconds[1] < 2);
    t.ok(stepTime(shape(256, 784, 100, 100, 10), 1).seconds > 1.7 * seconds[0]);
    t.ok(stepTime({ ...usual, bytes: 8 }, 1).seconds > 1.7 * seconds[0]);
    t.ok(stepTime({ ...usual, averaging: 'shards' }, 1).seconds > seconds[0], 'shards move more bytes');
  },
);

t.test('threads: as many as pay', async (t) => {
  t.strictSame(chooseThreads(shape(128, 784, 100, 100, 10), 2), { threads: 2, reason: 'one a core' });
  t.strictSame(chooseThreads(shape(128, 784, 100, 100, 10), 1), { threads: 1, reason: 'one core' });
  t.strictSame(chooseThreads(shape(1, 784, 100, 100, 10), 8), {
    threads: 1,
    reason: 'a minibatch is one shard',
  });
  t.strictSame(chooseThreads(shape(32, 784, 100, 100, 10), 8), { threads: 2, reason: 'one a shard' });
  t.match(chooseThreads(shape(64, 2, 8, 1), 8), {
    threads: 1,
    reason: /^a step has about \d+ µs of work to share$/,
  });
});
