/** Networks whose first layer is an embedding, which follows from the data: against PyTorch, and against themselves. */
import './helpers/bare.js';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { resume } from '../src/api/resume.js';
import { train } from '../src/api/train.js';
import { configSchema } from '../src/config/schema.js';
import { checkGradients } from '../src/coordinator/gradcheck.js';
import { networkOf } from '../src/coordinator/network.js';
import { Trainer } from '../src/coordinator/trainer.js';
import type { DataSource } from '../src/data/source.js';
import { readSafetensors } from '../src/formats/safetensors.js';
import { realDisk } from '../src/machine/disk.js';
import { initialize } from '../src/model/initialize.js';
import { network } from '../src/model/network.js';
import { Pool } from '../src/pool/pool.js';
import { type FittedColumn, slotsOf } from '../src/preprocess/fitted.js';
import { keyed } from '../src/random.js';
import { checkpointPath, checkpointSteps } from '../src/runs/checkpoints.js';
import { apart } from './helpers/apart.js';
import {
  BATCH,
  cases,
  columns,
  digestOf,
  given,
  goldenEmbedding,
  type NetworkGolden,
  OUTPUTS,
  ROWS,
  rowsOfCodes,
  runEmbeddingRecipe,
  TRAIN_ROWS,
  VALIDATION_ROWS,
} from './helpers/golden-embedding.js';
import { smallConfig } from './helpers/small.js';
import { unshuffled } from './helpers/unshuffled.js';

const seed = 7;
const pool = new Pool(7);
t.teardown(() => pool.close());
const folder = mkdtempSync(join(tmpdir(), 'gradpool-embedding-'));
t.teardown(() => rmSync(folder, { recursive: true }));

function sourceOf(
  of: readonly FittedColumn[],
  rows: number,
  parts: { train: Uint32Array; validation: Uint32Array },
  fill: DataSource['read'],
): DataSource {
  return {
    rows,
    features: of.length,
    slots: of.flatMap(slotsOf),
    preprocessing: { columns: of, target: { kind: 'values', columns: [] } },
    outputs: OUTPUTS,
    featureType: 'float64',
    targets: { kind: 'values', outputs: OUTPUTS, type: 'float64' },
    parts: { train: parts.train.length, validation: parts.validation.length, test: 0 },
    split: () => ({ ...parts, test: new Uint32Array() }),
    read: fill,
  };
}

const golden = sourceOf(
  columns,
  ROWS,
  {
    train: unshuffled(TRAIN_ROWS, seed),
    validation: Uint32Array.from({ length: VALIDATION_ROWS }, (_, k) => TRAIN_ROWS + k),
  },
  async ({ features, targets }) => {
    features.set(rowsOfCodes());
    targets.set(given(ROWS * OUTPUTS, 900, 1));
  },
);

async function hundredSteps(
  { units, optimizer }: (typeof cases)[number],
  engine: 'wasm' | 'reference',
  precision: 'float32' | 'float64',
  averaging: 'slices' | 'shards',
): Promise<NetworkGolden> {
  const layers = [{ units, activation: 'tanh' as const }, { units: OUTPUTS }];
  const config = configSchema.parse({
    ...{ name: 'golden', seed, engine, data: 'xor', loss: 'mean-squared-error', optimizer },
    model: { precision, layers },
    train: { batchSize: BATCH, epochs: 1, averaging, shards: 4 },
  });
  const net = networkOf(config.model, golden);
  let losses = { trainLoss: Number.NaN, validLoss: Number.NaN };
  const { summary, tensors } = await new Trainer().train(
    config,
    { threads: 3, runDir: null, version: 'test' },
    (event) => {
      if (event.event === 'epoch')
        losses = { trainLoss: event.trainLoss, validLoss: Number(event.validLoss) };
    },
    { source: golden, parameters: given(net.parameters, 1, 0.9), pool },
  );
  if (summary.steps !== 100) throw new Error(`${summary.steps} steps`);
  return { ...losses, ...digestOf(Object.values(tensors).flatMap(({ data }) => [...data])), buffers: [] };
}

const all = ({ trainLoss, validLoss, projections, some }: NetworkGolden) => [
  ...[trainLoss, validLoss, ...projections, ...some],
];

t.test('a hundred steps as PyTorch makes them', async (t) => {
  for (const [engine, precision, tolerance] of [
    ['wasm', 'float64', 1e-12],
    ['reference', 'float64', 1e-12],
    ['wasm', 'float32', 2e-5],
  ] as const) {
    for (const [k, each] of cases.entries()) {
      for (const averaging of ['slices', 'shards'] as const) {
        const found = await hundredSteps(each, engine, precision, averaging);
        const difference = apart(all(found), all(goldenEmbedding[k]));
        t.ok(difference <= tolerance, `${engine} ${precision} ${averaging}, ${k}: ${difference} apart`);
      }
    }
  }
});

const printed = runEmbeddingRecipe();
const skip = printed === null && 'no Python with PyTorch on this machine';
t.test('the recipe prints these numbers', { skip }, async (t) => {
  t.equal(printed?.length, goldenEmbedding.length);
  for (const [k, found] of (printed ?? []).entries()) {
    t.ok(apart(all(found), all(goldenEmbedding[k])) <= 1e-12, `network ${k}`);
  }
});

/** 62 rows with few codes, so that each occurs in several shards. */
const small = sourceOf(
  columns,
  62,
  {
    train: Uint32Array.from({ length: 62 }, (_, row) => row),
    validation: Uint32Array.from({ length: 62 }, (_, row) => row),
  },
  async ({ features, targets }) => {
    const random = keyed('embedding');
    const codes = [5, 0, 0, 70, 2, 0];
    for (let i = 0; i < features.length; i++) {
      const many = codes[i % codes.length];
      features[i] = many === 0 ? random.normal() : random.below(Math.min(many, 9) + 1) - 1;
    }
    for (let i = 0; i < targets.length; i++) targets[i] = random.uniform();
  },
);

t.test('gradients equal numeric ones', async (t) => {
  for (const averaging of ['slices', 'shards'] as const) {
    for (const layers of [
      [{ units: 9, activation: 'tanh' as const }, { units: OUTPUTS }],
      [{ name: 'batch-norm' as const }, { units: 9, activation: 'gelu' as const }, { units: OUTPUTS }],
      [{ name: 'dropout' as const, rate: 0.3 }, { units: OUTPUTS }],
    ]) {
      const config = smallConfig({
        loss: 'mean-squared-error',
        model: { precision: 'float64', layers, init: { name: 'uniform', range: 1 } },
        train: { batchSize: 33, shards: 5, averaging },
      });
      const checks = await checkGradients(
        config,
        { threads: 3, rows: 33, sample: null },
        () => {},
        small,
        undefined,
        { pool },
      );
      t.equal(checks[0].name, 'embedding');
      t.equal(checks[0].parameters, 5 * 3 + 70 * 2 + 2);
      for (const layer of checks) {
        t.equal(layer.verdict, 'right', `${layer.name}: ${layer.numericVsBackprop}`);
        t.ok(Number(layer.numericVsBackprop) <= 1e-7);
        t.equal(layer.singleVsThreaded, 0);
      }
    }
  }
});

t.test('threads 1, 2, 3, 4 and 7 agree in every bit', async (t) => {
  for (const averaging of ['slices', 'shards'] as const) {
    for (const precision of ['float32', 'float64'] as const) {
      for (const [batchSize, shards] of [
        [1, 1],
        [5, 4],
        [20, 7],
        [62, 3],
      ]) {
        const config = smallConfig({
          loss: 'mean-squared-error',
          optimizer: { name: 'adamw', learningRate: 0.01 },
          model: { precision, layers: [{ units: 9, activation: 'silu' }, { units: 'auto' }] },
          train: { batchSize, shards, averaging },
        });
        const of = async (threads: number) => {
          const options = { threads, runDir: null, version: 'test' };
          const { summary, tensors } = await new Trainer().train(config, options, () => {}, {
            source: small,
            pool,
          });
          return { hash: summary.weightsHash, best: summary.bestHash, loss: summary.validLoss, tensors };
        };
        const one = await of(1);
        const name = `${averaging}, ${precision}, batch size ${batchSize}`;
        for (const threads of [2, 3, 4, 7]) t.strictSame(await of(threads), one, `${name}, ${threads}`);
      }
    }
  }
});

/** The first column's vectors stay, the second one's learn half as fast and do not decay. */
const tunings = [{ frozen: true }, { rateFactor: 0.5, decayFactor: 0 }];
function tuned(): DataSource {
  let k = 0;
  const of = (small.preprocessing?.columns ?? []).map((column) => {
    if (column.type !== 'category' || column.encode.name !== 'embed') return column;
    return { ...column, encode: { ...column.encode, ...tunings[k++] } };
  });
  return { ...small, preprocessing: { target: { kind: 'values', columns: [] }, columns: of } };
}

t.test('columns that are frozen, or learn at another rate', async (t) => {
  const source = tuned();
  const config = (averaging: 'slices' | 'shards', more: object = {}, train: object = {}) =>
    smallConfig({
      loss: 'mean-squared-error',
      optimizer: { name: 'sgd', learningRate: 0.1, ...more },
      model: { precision: 'float64', layers: [{ units: 9, activation: 'tanh' }, { units: OUTPUTS }] },
      train: { batchSize: 62, shards: 5, averaging, epochs: 1, ...train },
    });
  const of = async (data: DataSource, ...given: Parameters<typeof config>) => {
    const run = async (threads: number) => {
      const options = { threads, runDir: null, version: 'test' };
      const { summary, tensors } = await new Trainer().train(config(...given), options, () => {}, {
        source: data,
        pool,
      });
      return { hash: summary.weightsHash, tensors };
    };
    const one = await run(1);
    if (data === source) for (const threads of [2, 3]) t.strictSame(await run(threads), one);
    return Object.values(one.tensors).map((tensor) => tensor.data);
  };
  for (const averaging of ['slices', 'shards'] as const) {
    const begun = await of(small, averaging, { learningRate: 1e-300 });
    const alike = await of(small, averaging);
    const other = await of(source, averaging);
    const moved = (of: typeof begun, k: number) => of[k].map((value, i) => value - begun[k][i]);
    const [first, second, third] = [0, 1, 2].map((k) => [moved(alike, k), moved(other, k)]);
    t.ok(first[0].some((by) => by !== 0) && first[1].every((by) => by === 0), 'frozen');
    t.ok(
      apart(
        second[1],
        second[0].map((by) => by / 2),
      ) < 1e-15,
      'half as fast',
    );
    t.ok(second[0].some((by) => Math.abs(by) > 1e-9));
    t.strictSame(third[1], third[0], 'as it was');
    const decayed = await of(source, averaging, { l2: 0.5 });
    t.strictSame(decayed[1], other[1], 'does not decay');
    t.notSame(decayed[2], other[2]);
    const clipped = await of(source, averaging, { learningRate: 1 }, { clip: { norm: 1e-3 } });
    // What is frozen counts nothing in the norm; the second column's step is half of it.
    const squares = clipped.map((_, k) =>
      Array.from(moved(clipped, k)).reduce((sum, by) => sum + by * by, 0),
    );
    const norm = Math.sqrt(squares.reduce((sum, square, k) => sum + (k === 1 ? 4 : 1) * square, 0));
    t.ok(Math.abs(norm - 1e-3) < 1e-7, `${norm}`);
    const steps = { batchSize: 20, epochs: 2, clip: { norm: 0.01 }, ema: { decay: 0.9 }, accumulate: 2 };
    t.strictSame((await of(source, averaging, { momentum: 0.9 }, steps))[0], begun[0]);
    const checked = { threads: 3, rows: 33, sample: null };
    const checks = await checkGradients(config(averaging), checked, () => {}, source, undefined, { pool });
    t.same(
      checks.map(({ verdict }) => verdict),
      checks.map(() => 'right'),
    );
    t.equal(checks[0].checked, 70 * 2 + 2, 'what is frozen is not compared');
  }
  const data = { name: 'csv', path: file(), target: 'open' } as const;
  const encode = { name: 'embed', frozen: true, rateFactor: 2 };
  await t.rejects(
    train(
      {
        name: 'x',
        data: { ...data, columns: { place: { encode } } },
        model: { layers: [{ units: 'auto', activation: 'softmax' }] },
        loss: 'cross-entropy',
      } as never,
      { runDir: false },
    ),
    {
      name: 'UserError',
      message:
        /^data\.columns\.place\.encode\.rateFactor: expected no rateFactor where frozen is true, .*, got 2; leave/,
    },
  );
});

t.test('initial values are small, and follow from the seed alone', (t) => {
  const embedding = (codes: number) => ({
    name: 'embedding' as const,
    columns: { big: { at: 1, codes, size: 10 } },
  });
  const init = { name: 'he-uniform' } as const;
  const net = network(3, [embedding(2000), { units: 4 }], init);
  t.match(net.layers, [
    { name: 'embedding', place: '', inputs: 3, outputs: 12 },
    { name: 'layer1', place: '0', inputs: 12, outputs: 4 },
  ]);
  t.match(net.layers[0].tensors, [{ name: 'embedding.big.weight', shape: [2000, 10], decays: true }]);
  const drawn = new Float64Array(net.parameters);
  initialize(net, 3, init, drawn);
  const values = drawn.subarray(0, 20_000);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  t.ok(Math.abs(mean) < 0.002, `${mean}`);
  t.ok(Math.abs(deviation - 0.05) < 0.002, `${deviation}`);
  const other = network(3, [embedding(2000), { units: 9 }, { units: 4 }], init);
  const again = new Float64Array(other.parameters);
  initialize(other, 3, init, again);
  t.equal(apart(again.subarray(0, 20_000), values), 0);
  initialize(other, 4, init, again);
  t.ok(apart(again.subarray(0, 20_000), values) > 0.1);
  t.end();
});

/** Rows whose class is that of their place, and of nothing else. */
function file(): string {
  const path = join(folder, 'places.csv');
  const lines = Array.from({ length: 240 }, (_, k) => {
    const place = (k * 7) % 12;
    return `p${place},${((k * 37) % 101) / 10},${place % 3 === 0 ? 'yes' : 'no'}`;
  });
  writeFileSync(path, `place,size,open\n${lines.join('\n')}\n`);
  return path;
}

t.test('a table: learned, stopped and continued, described in its file', async (t) => {
  const config = {
    name: 'places',
    data: {
      name: 'csv' as const,
      path: file(),
      target: 'open',
      columns: { place: { encode: { name: 'embed', size: 2 }, unseen: 'ignore' as const } },
    },
    model: {
      layers: [
        { units: 8, activation: 'tanh' },
        { units: 'auto', activation: 'softmax' },
      ],
    },
    loss: 'cross-entropy',
    optimizer: { name: 'adam', learningRate: 0.02 },
    train: {
      batchSize: 16,
      epochs: 600,
      validate: { every: '20 epochs' },
      checkpoint: { every: '100 steps', keep: 1000 },
    },
  } as const;
  const whole = await train(config, { threads: 1, runDir: join(folder, 'whole') });
  t.equal(whole.summary.testMetrics.accuracy, 1);
  t.same(Object.keys(whole.tensors)[0], 'embedding.place.weight');
  t.same(whole.tensors['embedding.place.weight'].shape, [12, 2]);

  const runDir = join(folder, 'stopped');
  const controller = new AbortController();
  await train(config, {
    threads: 2,
    runDir,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.event === 'checkpoint') controller.abort();
    },
  });
  // However far it came before it heard of that: it goes on from its first checkpoint.
  const [first, ...later] = await checkpointSteps(realDisk, runDir);
  for (const step of later) rmSync(checkpointPath(runDir, step));
  t.ok(first < whole.summary.steps, `goes on from step ${first}`);
  const { summary } = await resume(runDir, { threads: 3 });
  t.equal(summary.weightsHash, whole.summary.weightsHash);
  t.equal(summary.bestHash, whole.summary.bestHash);

  const weights = join(folder, 'whole', 'weights.safetensors');
  const text = readFileSync(weights, 'latin1');
  t.match(text, 'embedding.place.weight');
  const { metadata } = await readSafetensors(realDisk, weights);
  const { inputs, outputs, layers } = JSON.parse(metadata.model);
  const rebuilt = network(inputs, layers, { name: 'he-uniform' }, outputs);
  t.same(
    rebuilt.layers.flatMap(({ tensors }) => tensors.map(({ name, shape }) => [name, shape])),
    Object.entries(whole.tensors).map(([name, { shape }]) => [name, shape]),
    'the description makes the same tensors',
  );
});

t.test('no configuration writes an embedding', async (t) => {
  const layers = [{ name: 'embedding', columns: {} }, { units: 4 }];
  t.throws(() => smallConfig({ model: { layers: layers as never } }));
});
