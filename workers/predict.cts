/** Entry point of a thread that predicts. No logic. CommonJS for the reason that shard.cts gives. */
import threads = require('node:worker_threads');

const loaded = import('../src/predict/batch.js');

type Batches = InstanceType<Awaited<typeof loaded>['Batches']>;

let own: Batches | undefined;

module.exports = async ({ lane, rows, wrong }: { lane: number; rows: number; wrong: number[] }) => {
  own ??= new (await loaded).Batches(threads.workerData);
  return own.run(lane, rows, wrong);
};
