/** Entry point of a pool's threads where one of them is to fail. CommonJS, as the product's own (workers/shard.cts). */
const loaded = import('./faulty-worker.js');

type Perform = Awaited<typeof loaded>['default'];

module.exports = async (task: Parameters<Perform>[0]): Promise<unknown> => (await loaded).default(task);
