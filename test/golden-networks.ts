/** A hundred steps of whole networks against PyTorch, through the trainer that everybody uses. */
import './helpers/bare.js';
import t from 'tap';
import { configSchema } from '../src/config/schema.js';
import { networkOf } from '../src/coordinator/network.js';
import { Trainer } from '../src/coordinator/trainer.js';
import type { DataSource } from '../src/data/source.js';
import { activationNames } from '../src/model/activations/index.js';
import { layerMembers } from '../src/model/layers/index.js';
import { losses, lossNames } from '../src/model/losses/index.js';
import type { Loss } from '../src/model/losses/loss.js';
import { optimizerNames } from '../src/optimizers/index.js';
import { Pool } from '../src/pool/pool.js';
import { apart } from './helpers/apart.js';
import {
  BATCH,
  digestOf,
  FEATURES,
  givenFor,
  type NetworkCase,
  type NetworkGolden,
  networkCases,
  OUTPUTS,
  runNetworksRecipe,
  TRAIN_ROWS,
  VALIDATION_ROWS,
} from './helpers/golden-networks.js';
import { goldenNetworks } from './helpers/golden-networks-numbers.js';
import { unshuffled } from './helpers/unshuffled.js';

const seed = 7;
const THREADS = 3;
const pool = new Pool(THREADS);
t.teardown(() => pool.close());

async function trained(
  expected: NetworkCase,
  engine: 'wasm' | 'reference',
  precision: 'float32' | 'float64',
  averaging: 'slices' | 'shards',
): Promise<NetworkGolden> {
  const { layers, loss, optimizer } = expected;
  const config = configSchema.parse({
    ...{ name: 'golden', seed, engine, data: 'xor', loss, optimizer, model: { precision, layers } },
    train: { batchSize: BATCH, epochs: 1, averaging, shards: 4 },
  });
  const { parameters: n } = networkOf(config.model, { features: FEATURES, outputs: OUTPUTS });
  const { parameters, features, targets } = givenFor(expected, n);
  const validation = Uint32Array.from({ length: VALIDATION_ROWS }, (_, k) => TRAIN_ROWS + k);
  const source: DataSource = {
    rows: TRAIN_ROWS + VALIDATION_ROWS,
    features: FEATURES,
    outputs: OUTPUTS,
    featureType: 'float64',
    targets: { kind: 'values', outputs: OUTPUTS, type: 'float64' },
    parts: { train: TRAIN_ROWS, validation: VALIDATION_ROWS, test: 0 },
    split: () => ({ train: unshuffled(TRAIN_ROWS, seed), validation, test: new Uint32Array() }),
    async read(window) {
      window.features.set(features);
      window.targets.set(targets);
    },
  };
  let losses = { trainLoss: Number.NaN, validLoss: Number.NaN };
  const { summary, tensors } = await new Trainer().train(
    config,
    { threads: THREADS, runDir: null, version: 'test' },
    (event) => {
      if (event.event !== 'epoch') return;
      losses = { trainLoss: event.trainLoss, validLoss: Number(event.validLoss) };
    },
    { source, parameters, pool },
  );
  if (summary.steps !== 100) throw new Error(`${summary.steps} steps`);
  const running = /running_(mean|var)$/;
  const valuesOf = (names: readonly string[]) => names.flatMap((name) => [...tensors[name].data]);
  const names = Object.keys(tensors);
  return {
    ...losses,
    ...digestOf(valuesOf(names.filter((name) => !running.test(name)))),
    buffers: valuesOf(names.filter((name) => running.test(name))),
  };
}

const all = ({ trainLoss, validLoss, projections, some, buffers }: NetworkGolden) => [
  ...[trainLoss, validLoss, ...projections, ...some, ...buffers],
];

t.test('all that needs no random numbers is among them', async (t) => {
  const text = JSON.stringify(networkCases);
  const named = [...Object.keys(layerMembers), ...activationNames, ...optimizerNames];
  // Of these the steps stand in test/optimizers/golden.ts.
  const alone = ['rmsprop', 'adagrad', 'adadelta', 'nadam', 'lion'];
  const others = ['dense', 'dropout', 'gaussian-noise', 'linear', ...alone];
  for (const name of named) t.ok(others.includes(name) || text.includes(`"${name}"`), name);
  // Losses differ in formulas, which test/model/pytorch.ts compares: one of those that meet a network in the same way.
  const kind = ({ targets, fromLogits }: Pick<Loss, 'targets' | 'fromLogits'>) => `${targets} ${fromLogits}`;
  const kinds = networkCases.map(({ loss }) => kind(losses[loss.name]));
  for (const name of lossNames) t.ok(kinds.includes(kind(losses[name])), name);
  t.equal(goldenNetworks.length, networkCases.length);
});

for (const [engine, precision, tolerance] of [
  ['wasm', 'float64', 1e-12],
  ['reference', 'float64', 1e-12],
  ['wasm', 'float32', 2e-5],
] as const) {
  t.test(`${engine} ${precision}`, async (t) => {
    for (const [k, expected] of networkCases.entries()) {
      const found = await trained(expected, engine, precision, k % 2 === 0 ? 'slices' : 'shards');
      t.equal(found.buffers.length, goldenNetworks[k].buffers.length);
      const difference = apart(all(found), all(goldenNetworks[k]));
      t.ok(difference <= tolerance, `network ${k}: ${difference} apart`);
    }
  });
}

const printed = runNetworksRecipe();
const skip = printed === null && 'no Python with PyTorch on this machine';
t.test('the recipe prints these numbers', { skip }, async (t) => {
  t.equal(printed?.length, goldenNetworks.length);
  // another PyTorch may sum in another order
  for (const [k, found] of (printed ?? []).entries()) {
    const difference = apart(all(found), all(goldenNetworks[k]));
    t.ok(difference <= 1e-12, `network ${k}: ${difference} apart`);
  }
});
