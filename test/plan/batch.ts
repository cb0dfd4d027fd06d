/** Which rows a step is made of. */
import t from 'tap';
import { Batch } from '../../src/plan/batch.js';
import type { Setup } from '../../src/plan/task.js';

/** Twenty training rows in minibatches of eight; the orders of three epochs lie in memory. */
const setup = {
  batchSize: 8,
  trainRows: 20,
  shards: 3,
  layout: { order: { offset: 1000 }, orderSlots: 3 },
} as unknown as Setup;

t.test('a step’s rows follow from its number', async (t) => {
  const batch = new Batch(setup);
  const at = (step: number) => {
    batch.find(step);
    const { order, rows, shards } = batch;
    return { first: (order - 1000) / 4, rows, shards };
  };
  t.same(at(0), { first: 0, rows: 8, shards: 3 });
  t.same(at(1), { first: 8, rows: 8, shards: 3 });
  t.same(at(2), { first: 16, rows: 4, shards: 3 }, 'the last one of an epoch has what is left');
  t.same(at(3), { first: 20, rows: 8, shards: 3 }, 'the next epoch has an order of its own');
  t.same(at(8), { first: 56, rows: 4, shards: 3 });
  t.same(at(9), { first: 0, rows: 8, shards: 3 }, 'the fourth epoch takes the place of the first');
});

t.test('shards are never empty, and hold every row', async (t) => {
  const batch = new Batch({ ...setup, shards: 6 });
  const edges = () => Array.from({ length: batch.shards + 1 }, (_, shard) => batch.shardRow(shard));
  batch.find(0);
  t.same(edges(), [0, 1, 2, 4, 5, 6, 8]);
  batch.find(2);
  t.same(edges(), [0, 1, 2, 3, 4], 'four rows are four shards at most');
});

t.test('a step in parts: its own rows and shards, in turn in both slots', async (t) => {
  // An epoch's last rows are four shards, in two parts, or six in three.
  for (const [trainRows, ofEpoch] of [
    [20, 4 + 4 + 2],
    [22, 4 + 4 + 3],
  ]) {
    const parts = { ...setup, trainRows, batchSize: 8, accumulate: 4, shards: 8 };
    const batch = new Batch(parts);
    const slots: number[] = [];
    for (let step = 0; step < 6; step++) {
      const whole = new Batch({ ...parts, accumulate: 1 }).find(step);
      let [shard, row] = [0, 0];
      for (let part = 0; part === 0 || part < batch.parts; part++) {
        batch.find(step, part);
        slots.push(batch.slot);
        t.same([batch.base, batch.baseShard, batch.order - whole.order], [row, shard, 4 * row]);
        for (let k = 0; k <= batch.shards; k++)
          t.equal(batch.base + batch.shardRow(k), whole.shardRow(shard + k));
        row += batch.rows;
        shard += batch.shards;
      }
      t.same([row, shard], [whole.rows, whole.shards], `step ${step}`);
      t.ok(batch.isLast);
    }
    t.equal(slots.length, 2 * ofEpoch);
    t.ok(
      slots.every((slot, k) => slot === k % 2),
      'whatever is gathered ahead goes where nobody reads',
    );
  }
});
