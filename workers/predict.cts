/** Entry point of a thread that predicts. No logic. CommonJS for the reason that shard.cts gives. */
const loaded = import('../src/predict/batch.js');
const piscina = import('piscina');

type Batches = InstanceType<Awaited<typeof loaded>['Batches']>;

let own: Batches | undefined;

module.exports = async ({ lane, rows, wrong }: { lane: number; rows: number; wrong: number[] }) => {
  own ??= new (await loaded).Batches((await piscina).workerData);
  return own.run(lane, rows, wrong);
};
