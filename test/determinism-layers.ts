/** The same bits for any number of threads with layers of every kind, and what evaluations do to them: nothing. */
import './helpers/bare.js';
import t from 'tap';
import type { Config, ConfigInput } from '../src/config/schema.js';
import { Trainer } from '../src/coordinator/trainer.js';
import { layerMembers } from '../src/model/layers/index.js';
import { Pool } from '../src/pool/pool.js';
import { smallConfig, smallSource } from './helpers/small.js';

const pool = new Pool(7);
t.teardown(() => pool.close());

/** Of 62 rows the last minibatch is short for every batch size below, but the largest; never of a single row. */
const source = smallSource(62, 7, 4);

const layers: ConfigInput['model']['layers'] = [
  { name: 'gaussian-noise', deviation: 0.2 },
  { name: 'dropout', rate: 0.1 },
  { name: 'batch-norm' },
  { units: 13 },
  { name: 'batch-norm', newShare: 0.3 },
  { name: 'activation', activation: 'gelu' },
  { name: 'dropout', rate: 0.3 },
  { units: 9, activation: 'silu' },
  { name: 'layer-norm' },
  {
    name: 'residual',
    layers: [
      { name: 'prelu' },
      { name: 'concat', layers: [{ units: 5 }, { name: 'batch-norm' }] },
      { units: 9 },
    ],
    drop: 0.2,
  },
  { units: 4 },
  { name: 'activation', activation: 'softmax' },
];

async function result(config: Config, threads: number) {
  const { summary, tensors } = await new Trainer().train(
    config,
    { threads, runDir: null, version: 'test' },
    () => {},
    { source, pool },
  );
  const { weightsHash, bestHash, validLoss, testLoss, testMetrics, steps } = summary;
  return { figures: { weightsHash, bestHash, validLoss, testLoss, testMetrics, steps }, tensors };
}

const configOf = (
  precision: 'float32' | 'float64',
  train: ConfigInput['train'],
  learned: ConfigInput['model']['layers'] = layers,
) => {
  const optimizer = { name: 'adamw', learningRate: 0.01, weightDecay: 0.1 } as const;
  return smallConfig({ optimizer, model: { precision, layers: learned }, train });
};

t.test('every kind of layer is among them', async (t) => {
  const text = JSON.stringify(layers);
  for (const name of Object.keys(layerMembers)) t.ok(name === 'dense' || text.includes(`"${name}"`), name);
});

for (const precision of ['float32', 'float64'] as const) {
  for (const averaging of ['shards', 'slices'] as const) {
    t.test(`${precision}, ${averaging}: threads 1, 2, 3, 4 and 7 agree in every bit`, async (t) => {
      for (const [batchSize, shards] of [
        [2, 2],
        [5, 4],
        [20, 7],
        [62, 3],
      ]) {
        const config = configOf(precision, { batchSize, shards, averaging });
        const one = await result(config, 1);
        t.equal(one.figures.steps, 2 * Math.ceil(62 / batchSize));
        for (const threads of [2, 3, 4, 7]) {
          t.strictSame(await result(config, threads), one, `batch size ${batchSize}, ${threads} threads`);
        }
      }
    });
  }
}

t.test('any shards: apart by rounding only', async (t) => {
  const of = async (shards: number) => {
    const optimizer = { learningRate: 0.01 };
    const train = { batchSize: 20, shards, averaging: 'slices' } as const;
    const { tensors } = await result(
      smallConfig({ optimizer, model: { precision: 'float64', layers }, train }),
      2,
    );
    return Object.values(tensors).flatMap(({ data }) => [...data]);
  };
  const whole = await of(1);
  for (const shards of [2, 7, 20]) {
    const parts = await of(shards);
    t.ok(whole.every((value, k) => Math.abs(value - parts[k]) < 1e-12));
    t.notSame(parts, whole, 'but they are summed otherwise');
  }
});

t.test('an evaluation leaves all that is learned from as it was', async (t) => {
  // Its 62 rows are more than any minibatch: what layers keep for rows has a place of its own.
  for (const precision of ['float32', 'float64'] as const) {
    const train = { batchSize: 3, epochs: 4 };
    const often = await result(configOf(precision, { ...train, validate: { every: '1 steps' } }), 3);
    const once = await result(configOf(precision, { ...train, validate: { every: '4 epochs' } }), 3);
    t.equal(often.figures.weightsHash, once.figures.weightsHash);
    t.equal(
      often.figures.validLoss === once.figures.validLoss,
      often.figures.bestHash === once.figures.bestHash,
    );
  }
});

t.test('what dropout leaves out follows from the seed alone', async (t) => {
  const dropped = [
    { units: 13 },
    { name: 'dropout', rate: 0.5 },
    { units: 4, activation: 'softmax' },
  ] as const;
  const config = configOf('float32', { batchSize: 20 }, dropped);
  const hashes = new Set<string>();
  const kept = [dropped[0], { ...dropped[1], rate: 0 }, dropped[2]] as const;
  for (const each of [config, { ...config, seed: 2 }, configOf('float32', { batchSize: 20 }, kept)]) {
    hashes.add((await result(each, 2)).figures.weightsHash);
  }
  t.equal(hashes.size, 3);
  // Rate 0 is as if the layer were not there.
  const without = await result(configOf('float32', { batchSize: 20 }, [dropped[0], dropped[2]]), 2);
  t.ok(hashes.has(without.figures.weightsHash));
});
