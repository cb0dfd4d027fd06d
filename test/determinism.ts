/** The same bits for any number of threads: the property that the architecture exists for. */
import './helpers/bare.js';
import t from 'tap';
import type { Config } from '../src/config/schema.js';
import { Trainer } from '../src/coordinator/trainer.js';
import type { DataSource } from '../src/data/source.js';
import { blasIfAny } from '../src/engines/blas-library.js';
import type { DoneEvent, EpochEvent } from '../src/protocol.js';
import { smallConfig, smallSource } from './helpers/small.js';

/** 301 rows: the last minibatch of an epoch is short for every batch size below. */
const source = smallSource(301, 21, 4);

async function result(config: Config, threads: number, given = source) {
  const epochs: EpochEvent[] = [];
  const { summary } = await new Trainer().train(
    config,
    { threads, runDir: null, version: 'test' },
    (event) => {
      if (event.event === 'epoch') epochs.push(event);
    },
    { source: given },
  );
  const { weightsHash, bestHash, testLoss, testMetrics, steps, examples } = summary satisfies DoneEvent;
  const figures = epochs.map(({ trainLoss, validLoss, validMetrics }) => [
    trainLoss,
    validLoss,
    validMetrics,
  ]);
  return { weightsHash, bestHash, testLoss, testMetrics, steps, examples, figures };
}

for (const precision of ['float32', 'float64'] as const) {
  for (const averaging of ['shards', 'slices'] as const) {
    for (const batchSize of [1, 5, 32, 127, 128]) {
      t.test(
        `${precision}, ${averaging}, batch size ${batchSize}: threads 1, 2, 3, 4 and 7 agree in every bit`,
        async (t) => {
          const shards = batchSize === 5 ? 4 : undefined;
          const config = smallConfig({ model: { precision }, train: { batchSize, shards, averaging } });
          const one = await result(config, 1);
          t.equal(one.steps, 2 * Math.ceil(301 / batchSize));
          t.equal(one.examples, 602);
          for (const threads of [2, 3, 4, 7])
            t.strictSame(await result(config, threads), one, `${threads} threads`);
        },
      );
    }
  }
}

/** Wider, with runs of dense columns among sparse ones: every path of the engine is taken. */
function wideSource(rows: number): DataSource {
  const small = smallSource(rows, 200, 4);
  return {
    ...small,
    async read(x, y) {
      await small.read(x, y);
      for (let i = 0; i < x.length; i++) if ((i % 200) % 64 >= 24 && i % 7 !== 0) x[i] = 0;
    },
  };
}

const skip = blasIfAny() === undefined && 'no BLAS on this machine';
for (const precision of ['float32', 'float64'] as const) {
  for (const averaging of ['shards', 'slices'] as const) {
    for (const batchSize of [32, 127, 128]) {
      t.test(
        `blas, ${precision}, ${averaging}, batch size ${batchSize}: the same bits`,
        { skip },
        async (t) => {
          const layers = [
            { units: 130, activation: 'relu' },
            { units: 280, activation: 'relu' },
            { units: 4, activation: 'softmax' },
          ] as const;
          const config = smallConfig({
            engine: 'blas',
            model: { precision, layers: [...layers], init: { name: 'he-uniform' } },
            train: { batchSize, averaging, epochs: 1 },
          });
          const given = wideSource(301);
          const one = await result(config, 1, given);
          for (const threads of [2, 3, 4, 7])
            t.strictSame(await result(config, threads, given), one, `${threads} threads`);
          const wasm = await result({ ...config, engine: { name: 'wasm' } }, 2, given);
          t.not(wasm.weightsHash, one.weightsHash);
          t.ok(Math.abs(Number(wasm.testLoss) - Number(one.testLoss)) < 1e-4);
        },
      );
    }
  }
}

t.test('slices sum rows in their order, as a single shard does', async (t) => {
  const slices = await result(smallConfig({ train: { averaging: 'slices', shards: 5 } }), 3);
  const shard = await result(smallConfig({ train: { averaging: 'shards', shards: 1 } }), 1);
  t.equal(slices.weightsHash, shard.weightsHash);
});

t.test('the seed, the shards and the batch size do decide the result', async (t) => {
  const hashes = new Set<string>();
  for (const config of [
    smallConfig(),
    smallConfig({ seed: 2 }),
    smallConfig({ train: { averaging: 'shards' } }),
    smallConfig({ train: { averaging: 'shards', shards: 3 } }),
    smallConfig({ train: { batchSize: 31 } }),
  ]) {
    hashes.add((await result(config, 2)).weightsHash);
  }
  t.equal(hashes.size, 5);
});

t.test('the update in one pass for batch size 1 has the bits of gradient, average and step', async (t) => {
  const config = smallConfig({ train: { batchSize: 1, epochs: 1 } });
  const fused = await result(config, 1);
  // Two shards of at most one row are one shard, on the path that stores gradients.
  const { Workspace } = await import('../src/coordinator/workspace.js');
  const { Stepper } = await import('../src/worker/step.js');
  const { Pass } = await import('../src/worker/pass.js');
  const { Update } = await import('../src/worker/update.js');
  const { createEngine } = await import('../src/engines/index.js');
  const { modelHash } = await import('../src/coordinator/results.js');
  const workspace = await Workspace.open(config, source, 1);
  t.teardown(() => workspace.close());
  workspace.prepareOrder(0);
  const { setup } = workspace;
  const engine = createEngine(setup.engine, setup.precision, setup.memory, setup.kernels);
  t.ok(new Update(engine, setup).rank1);
  const stepper = new Stepper(engine, setup, new Pass(engine, setup, 0), 0, 1, { fuse: false });
  stepper.train(0, 301);
  t.equal(modelHash(workspace), fused.weightsHash);
});
