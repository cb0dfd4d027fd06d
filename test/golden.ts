/**
 * Ten steps from given weights on given data, through the trainer that everybody uses, against an independent
 * NumPy computation: any number of threads, the same numbers, the same bits.
 */
import './helpers/bare.js';
import t from 'tap';
import { configSchema } from '../src/config/schema.js';
import { Trainer } from '../src/coordinator/trainer.js';
import type { DataSource } from '../src/data/source.js';
import { Pool } from '../src/pool/pool.js';
import { apart } from './helpers/apart.js';
import { type GoldenCase, givenOf, golden, runRecipe } from './helpers/golden.js';
import { unshuffled } from './helpers/unshuffled.js';

const seed = 7;
/** One shard count a case, among them more shards than the short last minibatch has rows. */
const shards = [2, 3, 4, 7];

function sourceOf(golden: GoldenCase): DataSource {
  const { rows, features, targets } = givenOf(golden);
  return {
    rows,
    features: golden.widths[0],
    outputs: golden.widths[golden.widths.length - 1],
    featureType: 'float64',
    targets: { kind: 'values', outputs: golden.widths[golden.widths.length - 1], type: 'float64' },
    parts: { train: rows, validation: 0, test: 0 },
    split: () => ({ train: unshuffled(rows, seed), validation: new Uint32Array(), test: new Uint32Array() }),
    async read(window) {
      window.features.set(features);
      window.targets.set(targets);
    },
  };
}

async function trained(
  golden: GoldenCase,
  shards: number,
  threads: number,
  engine: 'wasm' | 'reference',
  precision: 'float32' | 'float64',
) {
  const { widths, activations, loss, batch, rate } = golden;
  const config = configSchema.parse({
    name: 'golden',
    seed,
    engine,
    data: { name: 'xor' },
    model: {
      precision,
      layers: activations.map((activation, l) => ({ units: widths[l + 1], activation })),
    },
    loss,
    optimizer: { name: 'sgd', learningRate: rate },
    train: { batchSize: batch, epochs: 1, shards },
  });
  const given = { source: sourceOf(golden), parameters: givenOf(golden).parameters, pool };
  let trainLoss = Number.NaN;
  const { summary, tensors } = await new Trainer().train(
    config,
    { threads, runDir: null, version: 'test' },
    (event) => {
      if (event.event === 'epoch') trainLoss = event.trainLoss;
    },
    given,
  );
  return { summary, trainLoss, parameters: Object.values(tensors).flatMap(({ data }) => [...data]) };
}

/** Threads that all runs share. */
const pool = new Pool(4);
t.teardown(() => pool.close());

for (const [index, expected] of golden.entries()) {
  const name = `${expected.widths.join('-')} ${expected.activations.join(' ')} ${expected.loss}`;
  for (const [engine, precision, tolerance, threadCounts] of [
    ['wasm', 'float64', 1e-12, [1, 2, 3, 4]],
    ['reference', 'float64', 1e-12, [1, 2, 3, 4]],
    ['wasm', 'float32', 2e-5, [1, 3]],
  ] as const) {
    t.test(`${name}, ${engine} ${precision}`, async (t) => {
      const hashes = new Set<string>();
      for (const threads of threadCounts) {
        const run = await trained(expected, shards[index], threads, engine, precision);
        t.equal(run.summary.steps, 10);
        const parametersApart = apart(run.parameters, expected.parameters);
        t.ok(parametersApart <= tolerance, `${threads} threads: parameters ${parametersApart} apart`);
        const lossApart = Math.abs(run.trainLoss - expected.trainLoss);
        t.ok(lossApart <= tolerance, `${threads} threads: loss ${lossApart} apart`);
        hashes.add(run.summary.weightsHash);
      }
      t.equal(hashes.size, 1, `the same weightsHash for ${threadCounts.join(', ')} threads`);
    });
  }
}

const printed = runRecipe();
const skip = printed === null && 'no Python with NumPy on this machine';
t.test('the recipe prints these arrays', { skip }, async (t) => {
  t.equal(printed?.length, golden.length);
  for (const [index, { parameters, trainLoss, ...definition }] of (printed ?? []).entries()) {
    const { parameters: kept, trainLoss: keptLoss, ...keptDefinition } = golden[index];
    t.strictSame(definition, keptDefinition);
    // another NumPy or BLAS may sum in another order
    t.ok(apart([...parameters, trainLoss], [...kept, keptLoss]) <= 1e-13);
  }
});
