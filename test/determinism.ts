/** The same bits for any number of threads: the property that the architecture exists for. */
import './helpers/bare.js';
import t from 'tap';
import { averagingNames } from '../src/averaging/index.js';
import type { Config, ConfigInput } from '../src/config/schema.js';
import { Trainer } from '../src/coordinator/trainer.js';
import { partsFor, reciprocal } from '../src/data/scale.js';
import type { DataSource, Scale, Targets } from '../src/data/source.js';
import { type FeatureType, featureTypes } from '../src/engines/gather.js';
import { bitsHere } from '../src/engines/kernels.js';
import { Pool } from '../src/pool/pool.js';
import type { DoneEvent, EpochEvent } from '../src/protocol.js';
import { keyed } from '../src/random.js';
import { smallConfig, smallSource } from './helpers/small.js';

/** Threads that all runs share: to start some for each of 400 runs takes longer than the runs. */
const pool = new Pool(7);
t.teardown(() => pool.close());

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
    { source: given, pool },
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
  for (const averaging of averagingNames) {
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

/** 301 rows of 21 values of a type, scaled in one of the three ways, with classes of one or two bytes, or with values. */
function typedSource(featureType: FeatureType, scale: Scale | undefined, targets: Targets): DataSource {
  return {
    ...smallSource(301, 21, 4),
    featureType,
    scale,
    targets,
    async read(window) {
      const random = keyed('typed', featureType);
      const { features } = window;
      for (let i = 0; i < features.length; i++) {
        features[i] = featureType.startsWith('float') ? 99 * random.normal() : random.below(200);
      }
      for (let i = 0; i < window.targets.length; i++) {
        // Shares of classes, of which each pair has a half.
        const share = i % 2 === 0 ? random.uniform() / 2 : 0.5 - window.targets[i - 1];
        window.targets[i] = targets.kind === 'class' ? random.below(4) : share;
      }
    },
  };
}

for (const featureType of featureTypes) {
  const random = keyed('columns');
  const columns = () => Float64Array.from({ length: 21 }, () => random.normal() / 100);
  const scales: Record<string, Scale | undefined> = {
    'no scale': undefined,
    'one scale': { kind: 'one', ...reciprocal(255), offset: 0 },
    'one scale and offset': { kind: 'one', ...reciprocal(100), offset: -1 },
    'scales of columns': { kind: 'columns', scales: columns(), offsets: columns() },
  };
  for (const [title, scale] of Object.entries(scales)) {
    const threads = [2, 3, 4, 7][Object.keys(scales).indexOf(title)];
    t.test(
      `features of ${featureType}, ${title}: one thread and ${threads}, and what scaled values give`,
      async (t) => {
        const targets: Targets =
          featureType === 'float32'
            ? { kind: 'values', outputs: 4, type: 'float32' }
            : { kind: 'class', classes: 4, type: featureType === 'int32' ? 'uint16' : 'uint8' };
        const given = typedSource(featureType, scale, targets);
        // In float32 for each type with another scale: the formulas' roundings are parity's.
        if (Object.keys(scales).indexOf(title) === featureTypes.indexOf(featureType)) {
          const single = smallConfig({ train: { epochs: 1 } });
          t.strictSame(await result(single, threads, given), await result(single, 1, given));
        }
        const double = smallConfig({ model: { precision: 'float64' }, train: { epochs: 1 } });
        t.strictSame(await result(double, threads, given), await result(double, 1, scaled(given)));
      },
    );
  }
}

/** The same data as float64 values that need no scale, by the formulas. */
function scaled(given: DataSource): DataSource {
  const { scale, features: cols, featureType } = given;
  const parts = scale?.kind === 'one' ? partsFor(scale, 'float64') : { high: 1, low: 0 };
  const offset = scale?.kind === 'one' ? scale.offset : 0;
  return {
    ...given,
    featureType: 'float64',
    scale: undefined,
    async read(window) {
      await given.read(window);
      const { features } = window;
      for (let i = 0; i < features.length; i++) {
        const x = featureType === 'float32' ? Math.fround(features[i]) : features[i];
        features[i] =
          scale?.kind === 'columns'
            ? x * scale.scales[i % cols] + scale.offsets[i % cols]
            : x * parts.high + x * parts.low + offset;
      }
    },
  };
}

const schedule = { name: 'cosine', warmup: '3 steps', final: 0.001 } as const;
for (const optimizer of [
  { name: 'sgd', learningRate: 0.05, momentum: 0.9, nesterov: true, l2: 0.01, schedule },
  { name: 'adam', learningRate: 0.01, l2: 0.01, decay: 'all' },
  { name: 'adamw', learningRate: 0.01, weightDecay: 0.1, schedule },
  { name: 'rmsprop', learningRate: 0.01, weightDecay: 0.1, momentum: 0.5, centered: true },
  { name: 'nadam', learningRate: 0.01, l2: 0.01 },
] as const) {
  for (const precision of ['float32', 'float64'] as const) {
    for (const averaging of ['shards', 'slices'] as const) {
      const title = `${optimizer.name}, ${precision}, ${averaging}`;
      t.test(`${title}: threads 1, 2, 3, 4 and 7 agree in every bit`, async (t) => {
        const config = smallConfig({ model: { precision }, optimizer, train: { batchSize: 64, averaging } });
        const one = await result(config, 1);
        for (const threads of [2, 3, 4, 7])
          t.strictSame(await result(config, threads), one, `${threads} threads`);
        const without = { ...config, optimizer: { ...config.optimizer, l2: 0, weightDecay: 0 } };
        t.not((await result(without, 1)).weightsHash, one.weightsHash, 'the decay counts');
      });
    }
  }
}

/** What goes with the update, all of it at once, so that nobody has to count the combinations. */
const update: ConfigInput['train'] = { accumulate: 3, clip: { norm: 0.05 }, ema: { decay: 0.9 } };
const tuned = [
  { units: 13, activation: 'tanh', frozen: true },
  { name: 'batch-norm', frozen: true },
  { units: 9, rateFactor: 0.5, decayFactor: 2 },
  { name: 'prelu', perUnit: true, rateFactor: 2 },
  { units: 7, activation: 'relu' },
  { name: 'prelu', frozen: true },
  { name: 'dropout', rate: 0.2 },
  { units: 4, activation: 'softmax' },
] as const;
for (const precision of ['float32', 'float64'] as const) {
  for (const averaging of averagingNames) {
    t.test(`clipped, averaged, accumulated, ${precision}, ${averaging}: any threads`, async (t) => {
      const train = { ...update, batchSize: 16, shards: 4, averaging };
      // So many that sums over two, and over four, are kept until the last.
      const accumulate = averaging === 'hosts' ? 8 : 7;
      const config = smallConfig({
        model: { precision, layers: tuned },
        optimizer: { name: 'sgd', learningRate: 0.5, momentum: 0.9, l2: 0.01 },
        train: { ...train, accumulate },
      });
      const one = await result(config, 1);
      for (const threads of [2, 3, 7]) t.strictSame(await result(config, threads), one, `${threads} threads`);
      const native = { ...config, engine: { name: 'native' as const } };
      if (bitsHere() === 'fused') t.strictSame(await result(native, 2), one, 'native');
      const value = smallConfig({
        ...config,
        train: { ...train, accumulate, clip: { value: 0.01 } },
      } as never);
      const bounded = await result(value, 1);
      t.not(bounded.weightsHash, one.weightsHash);
      t.strictSame(await result(value, 3), bounded);
      if (averaging === 'slices') return;
      const large = { ...train, accumulate: undefined, batchSize: 16 * accumulate, shards: 4 * accumulate };
      t.strictSame(
        await result(smallConfig({ ...config, train: large } as never), 2),
        one,
        'as one minibatch of all rows',
      );
    });
  }
}

t.test('a norm that nothing exceeds leaves no trace, and slices accumulate as shards do', async (t) => {
  const plain = await result(smallConfig(), 2);
  t.strictSame(await result(smallConfig({ train: { clip: { norm: 1e9 } } }), 2), plain);
  const shards = { batchSize: 60, shards: 3, averaging: 'shards' } as const;
  const slices = { batchSize: 20, shards: 1, accumulate: 3, averaging: 'slices' } as const;
  t.strictSame(
    await result(smallConfig({ train: slices }), 2),
    await result(smallConfig({ train: shards }), 2),
  );
});

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
