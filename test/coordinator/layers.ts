/** What belongs to a model and is not trained (running statistics) through stops, failures and overflows; dropout too. */
import '../helpers/bare.js';
import { join } from 'node:path';
import t from 'tap';
import type { Config, ConfigInput } from '../../src/config/schema.js';
import { type Given, Trainer } from '../../src/coordinator/trainer.js';
import { readSafetensors } from '../../src/formats/safetensors.js';
import { realDisk } from '../../src/machine/disk.js';
import { Pool } from '../../src/pool/pool.js';
import type { RunOptions, TrainEvent } from '../../src/protocol.js';
import { readCheckpoint } from '../../src/runs/checkpoint.js';
import { checkpointPath, newestCheckpoint } from '../../src/runs/checkpoints.js';
import { bytesHash } from '../../src/runs/weights.js';
import { faultPlan } from '../../torture/faults.js';
import { smallData, smallConfig as tortureConfig } from '../../torture/small.js';
import { smallConfig } from '../helpers/small.js';

const pool = new Pool(4);
t.teardown(() => pool.close());

/** Of 150 rows with minibatches of 8 an epoch has 19 steps, the last of 6 rows. */
function configOf(train: ConfigInput['train'] = {}): Config {
  const { model } = smallConfig({
    model: {
      layers: [
        { name: 'batch-norm' },
        { units: 12 },
        { name: 'batch-norm', newShare: 0.3 },
        { name: 'activation', activation: 'gelu' },
        { name: 'dropout', rate: 0.25 },
        { units: 3, activation: 'softmax' },
      ],
    },
  });
  const config = tortureConfig({ epochs: 3, validate: { every: '10 steps' }, ...train });
  return { ...config, model, optimizer: smallConfig({ optimizer: { name: 'adam' } }).optimizer };
}

async function run(config: Config, options: Partial<RunOptions> = {}, given: Given = {}) {
  const events: TrainEvent[] = [];
  const { summary, tensors } = await new Trainer().train(
    config,
    { threads: 2, runDir: null, version: 'test', ...options },
    (event) => events.push(event),
    { source: smallData(), pool, ...given },
  );
  const { weightsHash, bestHash, bestStep, testLoss, validLoss, steps } = summary;
  return { left: { weightsHash, bestHash, bestStep, testLoss, validLoss, steps, tensors }, events };
}

const BUFFERS = ['input', 'layer1'].flatMap((layer) => [
  `${layer}.norm.running_mean`,
  `${layer}.norm.running_var`,
]);
const valuesOf = (tensors: Readonly<Record<string, { data: ArrayLike<number> }>>, names: readonly string[]) =>
  names.flatMap((name) => [...Array.from(tensors[name].data)]);

t.test('stopped in the middle of an epoch and gone on with by any threads: exactly the same', async (t) => {
  const checkpoint = { every: '7 steps', keep: 100 };
  const plain = configOf({ checkpoint });
  const update = { accumulate: 2, clip: { norm: 0.5 }, ema: { decay: 0.9 } };
  const updated = configOf({ checkpoint, batchSize: 4, averaging: 'shards', ...update });
  const frozen = { ...updated.model.layers[2], frozen: true };
  const { model } = updated;
  const others = { ...updated, model: { ...model, layers: model.layers.with(2, frozen) } } as Config;
  for (const [config, cut, first, then] of [
    [plain, 5, 1, 4],
    [plain, 23, 3, 2],
    [plain, 40, 2, 1],
    [others, 1, 2, 1],
    [others, 23, 1, 2],
  ] as const) {
    const whole = await run(config);
    const runDir = join(t.testdir(), `${cut} ${config === plain}`);
    await run(config, { runDir, untilStep: cut, threads: first });
    const { found, damaged } = await newestCheckpoint(realDisk, runDir);
    const resume = { checkpoint: found?.path ?? null, damaged, force: false };
    const { left } = await run(config, { runDir, resume, threads: then });
    t.strictSame(left, whole.left, `after ${cut} steps`);
  }
});

t.test('checkpoint, weights and result hold the statistics, and their hash is of all', async (t) => {
  const runDir = join(t.testdir(), 'run');
  const config = configOf({ checkpoint: { every: '5 steps', keep: 100 }, validate: { every: '19 steps' } });
  const { left } = await run(config, { runDir });
  const last = await readCheckpoint(realDisk, checkpointPath(runDir, left.steps));
  const kept = await readCheckpoint(realDisk, checkpointPath(runDir, 5));
  const { tensors, data } = await readSafetensors(realDisk, join(runDir, 'weights.safetensors'));
  t.same(
    Object.keys(tensors).filter((name) => name.includes('running')),
    BUFFERS,
  );
  t.strictSame(valuesOf(tensors, BUFFERS), valuesOf(left.tensors, BUFFERS));
  t.equal(bytesHash(data), left.bestHash, 'parameters, then buffers');
  t.strictSame(Object.keys(left.tensors).slice(-4), BUFFERS);
  const inOrder = Object.keys(left.tensors).flatMap((name) => [...last.tensors[name].data]);
  t.equal(bytesHash(Float32Array.from(inOrder)), left.weightsHash);
  t.ok(Object.keys(last.tensors).includes('layer1.norm.running_var'));
  t.notOk(
    Object.keys(last.tensors).some((name) => /^(m|v|.*moment.*)\..*running/.test(name)),
    'no state of these',
  );
  const early = await run(config, { untilStep: 5 });
  t.strictSame(
    valuesOf(kept.tensors, BUFFERS),
    valuesOf(early.left.tensors, BUFFERS),
    'a copy made on the way',
  );
  t.notSame(valuesOf(kept.tensors, BUFFERS), valuesOf(last.tensors, BUFFERS));
});

t.test('the best weights come with the statistics of their step', async (t) => {
  const config = configOf({ epochs: 12, validate: { every: '10 steps' } });
  const { left } = await run(config);
  t.ok(left.bestStep < left.steps, 'not the last ones');
  const short = await run(config, { untilStep: left.bestStep });
  t.equal(short.left.weightsHash, left.bestHash);
  t.strictSame(short.left.tensors, left.tensors);
});

t.test('where weights are averaged, the averages are validated, tested and left', async (t) => {
  const runDir = join(t.testdir(), 'run');
  const checkpoint = { every: '1 step', keep: 100 };
  const config = configOf({ checkpoint, epochs: 2, ema: { decay: 0.9 } });
  const { left } = await run(config, { runDir });
  const { tensors } = await readCheckpoint(realDisk, checkpointPath(runDir, left.bestStep));
  const names = Object.keys(left.tensors).filter((name) => !BUFFERS.includes(name));
  const averages = names.map((name) => `ema.${name}`);
  t.strictSame(valuesOf(left.tensors, names), valuesOf(tensors, averages));
  t.notSame(valuesOf(tensors, names), valuesOf(tensors, averages));
  // Whoever begins with what is left finds the figures that were told.
  const initFrom = { path: join(runDir, 'weights.safetensors'), allowMissing: false };
  const again = await run({ ...config, seed: config.seed }, { initFrom, untilStep: 0 });
  t.equal(again.left.testLoss, left.testLoss);
  const { tensors: after } = await readCheckpoint(realDisk, checkpointPath(runDir, left.steps));
  const hashOf = (of: readonly string[]) =>
    bytesHash(Float32Array.from(valuesOf(after, [...of, ...BUFFERS])));
  t.equal(left.weightsHash, hashOf(names), 'of the weights themselves');
});

t.test('each minibatch of a step moves the statistics', async (t) => {
  // So slow that weights stay as they are.
  const { optimizer } = smallConfig({ optimizer: { name: 'sgd', learningRate: 1e-30 } });
  const slow = (train: ConfigInput['train']): Config => ({
    ...configOf({ batchSize: 4, ...train }),
    optimizer,
  });
  const { left } = await run(slow({ averaging: 'shards', accumulate: 2 }), { untilStep: 3 });
  const one = await run(slow({ averaging: 'shards' }), { untilStep: 6 });
  t.strictSame(valuesOf(left.tensors, BUFFERS), valuesOf(one.left.tensors, BUFFERS));
});

t.test('a worker that fails in mid-step leaves no trace', async (t) => {
  const config = configOf({ checkpoint: { every: '7 steps', keep: 2 } });
  const whole = await run(config);
  for (const [place, worker] of [
    ['average', 0],
    ['average', 1],
    ['forward', 1],
  ] as const) {
    const data = faultPlan('throw', place, worker, 24, 1);
    const program = { file: new URL('../../torture/faulty-entry.cjs', import.meta.url), data };
    const { left, events } = await run(config, {}, { program, pool: undefined });
    t.equal(events.filter(({ event }) => event === 'fault').length, 1);
    t.strictSame(left, whole.left, `worker ${worker}, ${place}`);
  }
});

/** The small data, of which a single column is as large as `size`. */
const large = (size: number) => ({
  ...smallData(),
  async read(window: Parameters<ReturnType<typeof smallData>['read']>[0]) {
    await smallData().read(window);
    for (let i = 0; i < window.features.length; i += 7) window.features[i] *= size;
  },
});

t.test('statistics that overflow are told, and never kept', async (t) => {
  const runDir = join(t.testdir(), 'run');
  await t.rejects(run(configOf(), { runDir }, { source: large(1e25) }), {
    name: 'Diverged',
    message:
      /^In step 1 an output of input\.norm \(.*\) became NaN; .*\. Scale the inputs, which reach [^,]*, to about/,
  });
  const { tensors } = await readCheckpoint(realDisk, checkpointPath(runDir, 0));
  t.ok(valuesOf(tensors, BUFFERS).every(Number.isFinite));
  // What can be computed is, however large.
  t.ok(Number.isFinite((await run(configOf(), {}, { source: large(1e15) })).left.testLoss));
});

t.test('a run that diverges with batch-norm keeps the state before that step', async (t) => {
  const runDir = join(t.testdir(), 'run');
  const config = { ...configOf(), loss: { name: 'mean-squared-error' } } as Config;
  const layers = [...config.model.layers.slice(0, -1), smallConfig().model.layers[0]].map((layer) =>
    layer.name === 'dense' && layer.units === 13
      ? { ...layer, units: 3, activation: { name: 'linear' } }
      : layer,
  ) as Config['model']['layers'];
  const optimizer = smallConfig({ optimizer: { name: 'sgd', learningRate: 1e6 } }).optimizer;
  const wild = { ...config, model: { ...config.model, layers }, optimizer };
  const all = smallData();
  const source = {
    ...all,
    parts: { ...all.parts, validation: 0 },
    split: (seed: number) => ({ ...all.split(seed), validation: new Uint32Array() }),
  };
  await t.rejects(run(wild, { runDir }, { source }), { name: 'Diverged', message: /^In step \d+ / });
  const { found } = await newestCheckpoint(realDisk, runDir);
  const kept = await readCheckpoint(realDisk, found?.path ?? '');
  t.ok(Object.values(kept.tensors).every(({ data }) => data.every(Number.isFinite)));
  t.ok(kept.state.step > 0);
  const again = await run(wild, { untilStep: kept.state.step }, { source });
  t.strictSame(valuesOf(kept.tensors, BUFFERS), valuesOf(again.left.tensors, BUFFERS));
});

t.test('minibatches of a single row are refused before the start', async (t) => {
  const refused = (batchSize: number, message: string) =>
    t.rejects(run(configOf({ batchSize })), { name: 'UserError', message }, `${batchSize}`);
  const left = (size: number, instead: string) =>
    `train.batchSize: of 150 training rows, minibatches of ${size} leave a last one of 1, and "batch-norm" ` +
    `(model.layers.0) needs at least 2; use ${instead}`;
  await refused(149, left(149, '148 or 150'));
  const one = smallData();
  const source = { ...one, parts: { ...one.parts, train: 1 } };
  await t.rejects(run(configOf(), {}, { source }), {
    message:
      'train.batchSize: "batch-norm" (model.layers.0) needs minibatches of at least 2 rows, got 1 training rows in all',
  });
  const odd = { ...one, parts: { ...one.parts, train: 149 } };
  await t.rejects(run(configOf({ batchSize: 2 }), {}, { source: odd }), {
    message: /minibatches of 2 leave a last one of 1, .* use 3$/,
  });
});

t.test('outputs that the data do not want are told of the layer that makes them', async (t) => {
  const layers: ConfigInput['model']['layers'] = [
    { units: 12, activation: 'relu' },
    { name: 'dropout' },
    { units: 5 },
    { name: 'activation', activation: 'softmax' },
  ];
  await t.rejects(run({ ...configOf(), model: smallConfig({ model: { layers } }).model }), {
    message: 'model.layers.2.units: the data "xor" needs 3 outputs, got 5',
  });
  const source = { ...smallData(), outputs: 1 };
  const two = smallConfig({ model: { layers: [{ units: 2, activation: 'softmax' }] } }).model;
  await t.rejects(run({ ...configOf(), model: two }, {}, { source }), {
    message: 'model.layers.0.units: the data "xor" needs 1 output, got 2',
  });
});
