/**
 * CONTRIBUTING.md says which files a new member of each family touches. Here a made-up member is added to every family
 * in a copy of the project, with just these files, which is then built and trains with all of them.
 */
import '../helpers/bare.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import type * as Library from '../../src/index.js';
import type { Pool } from '../../src/pool/pool.js';
import {
  addExample,
  addMembers,
  build,
  copyProject,
  filesOf,
  MADE_UP,
  root,
  rowsOf,
  run,
} from '../helpers/members.js';

const rows = rowsOf(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8'));
const copy = copyProject();
t.teardown(() => copy.remove());

/** Each family's made-up member, and options that are not its defaults. */
const config: Library.ConfigInput = JSON.parse(
  JSON.stringify({
    name: 'members',
    seed: 3,
    engine: 'wasm',
    data: { name: 'saddle', rows: 150, split: { name: 'striped', every: 6 } },
    model: {
      precision: 'float64',
      init: 'ternary',
      layers: [
        { units: 9, activation: { name: 'isru', alpha: 0.5 } },
        { name: 'row-squash', radius: 2 },
        { units: 'auto' },
      ],
    },
    loss: { name: 'charbonnier', epsilon: 0.25 },
    optimizer: {
      name: 'signum',
      learningRate: 0.01,
      beta: 0.5,
      schedule: { name: 'triangle', period: '7 steps' },
    },
    train: {
      batchSize: 32,
      shards: 4,
      epochs: 6,
      averaging: 'serial',
      sampling: { name: 'leading', rows: 60 },
      validate: { metrics: ['mean-bias'], monitor: 'mean-bias' },
    },
  }),
);
const file = join(copy.path, 'members.json');

t.test('the table has every family, and a line of it is all that a member needs', async (t) => {
  t.same(
    rows.map(({ what }) => what),
    Object.keys(MADE_UP),
  );
  const before = copy.listing();
  const { added, changed } = addMembers(copy.path, rows);
  t.same(added, filesOf(rows), 'the files that are made are those of the table');
  const after = copy.listing();
  const now = [...after.keys()].filter((path) => !before.has(path)).sort();
  const other = [...before.keys()].filter((path) => after.get(path) !== before.get(path)).sort();
  t.same(now, added);
  t.same(other, [...new Set(rows.flatMap(({ lines }) => lines))].sort());
  for (const path of other) {
    t.equal(changed.get(path), path === 'kernels/index.ts' ? 4 : 1, `${path}: a line for each member`);
  }
  // And the one that examples/ shows, in the same way, for the same build.
  const readme = readFileSync(join(root, 'examples/activation/README.md'), 'utf8');
  for (const line of addExample(copy.path, rows)) t.ok(readme.includes(line), `its README has: ${line}`);
  await build(copy.path);
});

const imported = async <Module>(path: string): Promise<Module> =>
  import(pathToFileURL(join(copy.path, 'dist/src', path)).href);

/** A run of the copy through its library: its events and what it leaves. */
async function trainedBy(threads: number, runDir: false | string = false) {
  const { train } = await imported<typeof Library>('index.js');
  const events: Library.TrainEvent[] = [];
  const result = await train(config, { threads, runDir, onEvent: (event) => events.push(event) });
  return { ...result, start: startOf(events) };
}

/** Threads of the copy for many runs: most of a run's time is that of starting its own. */
let pool: Pool | undefined;
t.teardown(() => pool?.close());

/** A run of the copy with other values, by its trainer in this thread. */
async function trained(changes: object = {}, threads = 1) {
  const { Trainer } =
    await imported<typeof import('../../src/coordinator/trainer.js')>('coordinator/trainer.js');
  const { Pool } = await imported<typeof import('../../src/pool/pool.js')>('pool/pool.js');
  const { parseConfig } = await imported<typeof import('../../src/config/load.js')>('config/load.js');
  pool ??= new Pool(3);
  const events: Library.TrainEvent[] = [];
  const options = { threads, runDir: null, version: 'test' };
  const onEvent = (event: Library.TrainEvent) => events.push(event);
  const result = await new Trainer().train(parseConfig({ ...config, ...changes }), options, onEvent, {
    pool,
  });
  return { ...result, start: startOf(events) };
}

function startOf(events: readonly Library.TrainEvent[]) {
  const start = events.find((event) => event.event === 'start');
  if (start?.event !== 'start') throw new Error('a run starts');
  return start;
}

type Outcome = Pick<Library.TrainResult, 'tensors'>;
const valuesOf = ({ tensors }: Outcome) => Object.values(tensors).flatMap(({ data }) => [...data]);

t.test('it trains: the same bits for 1 and 3 threads, in either precision', async (t) => {
  const runDir = join(copy.path, 'run');
  const one = await trainedBy(1, runDir);
  const three = await trainedBy(3);
  t.equal(three.summary.weightsHash, one.summary.weightsHash);
  t.equal(three.summary.bestHash, one.summary.bestHash);
  t.match(one.start, {
    engine: 'wasm',
    trainRows: 100,
    validationRows: 25,
    testRows: 25,
    monitor: 'mean-bias',
  });
  t.type(one.summary.testMetrics['mean-bias'], 'number');
  t.same(Object.keys(one.tensors), [
    'layer1.weight',
    'layer1.bias',
    'layer1.squash.gain',
    'layer2.weight',
    'layer2.bias',
  ]);
  t.ok(
    one.tensors['layer1.squash.gain'].data.some((gain) => gain !== 1),
    'the layer learns',
  );

  const written = JSON.parse(readFileSync(join(runDir, 'config.json'), 'utf8'));
  t.match(written.config ?? written, {
    data: { name: 'saddle', rows: 150, split: { name: 'striped', every: 6 } },
    optimizer: { name: 'signum', beta: 0.5, schedule: { name: 'triangle', period: '7 steps' } },
    train: { averaging: 'serial' },
  });
  const checkpoints = [...copy.listing('run/checkpoints').keys()].filter((path) =>
    path.endsWith('.safetensors'),
  );
  const checkpoint = readFileSync(join(copy.path, checkpoints[0] ?? ''), 'latin1');
  t.match(checkpoint, '"average.layer1.weight"', 'the state of the optimizer is kept');

  const single = { ...config.model, precision: 'float32' };
  const float32 = await trained({ model: single }, 1);
  t.equal((await trained({ model: single }, 3)).summary.weightsHash, float32.summary.weightsHash);
  t.not(float32.summary.weightsHash, one.summary.weightsHash);
});

/** By an optimizer that a gradient's last bit reaches: a sign hides it. */
const plain = { optimizer: { name: 'sgd', learningRate: 0.1 } };

t.test('each is what computes: with another option of it the weights are others', async (t) => {
  const one = await trained();
  const [first, squash, last] = config.model.layers;
  const { optimizer, train } = config as { optimizer: object; train: object };
  const others: Record<string, object> = {
    'a layer': { model: { ...config.model, layers: [first, { ...(squash as object), radius: 1 }, last] } },
    'an activation': {
      model: { ...config.model, layers: [{ ...(first as object), activation: 'isru' }, squash, last] },
    },
    'an initializer': { model: { ...config.model, init: 'he-normal' } },
    'a loss': { loss: 'charbonnier' },
    'an optimizer': { optimizer: { ...optimizer, beta: 0.9 } },
    'a schedule': { optimizer: { ...optimizer, schedule: { name: 'triangle', period: '5 steps' } } },
    'a sampling': { train: { ...train, sampling: 'leading' } },
    'a split': { data: { name: 'saddle', rows: 150, split: { name: 'striped', every: 5 } } },
  };
  for (const [title, changes] of Object.entries(others)) {
    t.not((await trained(changes)).summary.weightsHash, one.summary.weightsHash, title);
  }
  const slices = await trained({ train: { ...train, averaging: 'slices' } }, 2);
  t.equal(slices.summary.weightsHash, one.summary.weightsHash, 'serial sums in the order of slices');
});

t.test('kernels compute what formulas say, and an engine is taken by its name', async (t) => {
  const [wasm, reference, biasFirst] = [
    await trained(plain),
    await trained({ ...plain, engine: 'reference' }),
    await trained({ ...plain, engine: 'bias-first' }, 2),
  ];
  t.equal(biasFirst.start.engine as string, 'bias-first');
  t.not(biasFirst.summary.weightsHash, reference.summary.weightsHash);
  const falling = await trained({ ...plain, engine: { name: 'bias-first', order: 'falling' } }, 2);
  t.not(falling.summary.weightsHash, biasFirst.summary.weightsHash, 'its option reaches the workers');
  const wanted = valuesOf(reference);
  const far = (run: Outcome) => Math.max(...valuesOf(run).map((value, k) => Math.abs(value - wanted[k])));
  t.ok(far(wasm) < 1e-12, `wasm: ${far(wasm)}`);
  t.ok(far(biasFirst) < 1e-12, `bias-first: ${far(biasFirst)}`);
  const signs = await trained({ engine: 'reference' });
  const own = valuesOf(await trained());
  t.ok(
    valuesOf(signs).every((value, k) => Math.abs(value - own[k]) < 1e-12),
    'the optimizer’s kernel',
  );
});

t.test(
  'the activation of examples/ is one: its kernels, its derivative, its place in the schema',
  async (t) => {
    const [first, ...rest] = config.model.layers;
    const layers = [{ ...(first as object), activation: 'squareplus' }, ...rest];
    const squareplus = (precision: string) => ({ ...plain, model: { ...config.model, precision, layers } });
    const wasm = await trained(squareplus('float64'));
    const reference = valuesOf(await trained({ ...squareplus('float64'), engine: 'reference' }));
    const far = (run: Outcome) =>
      Math.max(...valuesOf(run).map((value, k) => Math.abs(value - reference[k])));
    t.ok(far(wasm) < 1e-12, `float64: ${far(wasm)}`);
    const single = await trained(squareplus('float32'), 3);
    t.ok(far(single) < 1e-4, `float32: ${far(single)}`);
    t.not(single.summary.weightsHash, (await trained(plain)).summary.weightsHash);
    const { gradcheck } = await imported<typeof Library>('index.js');
    t.equal(
      (await gradcheck({ ...config, ...squareplus('float64') } as typeof config, { rows: 20 })).pass,
      true,
    );
    t.match(await run(copy.path, ['schema']), '"squareplus"');
  },
);

t.test('gradients are right, each layer’s', async (t) => {
  const { gradcheck } = await imported<typeof Library>('index.js');
  const { layers, pass } = await gradcheck(config, { threads: 3, rows: 20 });
  t.equal(pass, true);
  t.same(
    layers.map(({ name, verdict, singleVsThreaded }) => [name, verdict, singleVsThreaded]),
    [
      ['layer1', 'right', 0],
      ['layer1.squash', 'right', 0],
      ['layer2', 'right', 0],
    ],
  );
});

t.test('a sweep searches by it', async (t) => {
  const { readSweep } = await imported<typeof import('../../src/sweep/spec.js')>('sweep/spec.js');
  const { pointsOf } = await imported<typeof import('../../src/sweep/table.js')>('sweep/table.js');
  const search = 'corners' as 'grid';
  const parameters = { 'optimizer.learningRate': { log: [0.01, 1] }, 'train.batchSize': [8, 16, 32] };
  const sweep = await readSweep({ name: 'x', base: 'x', search, goal: 'validation loss', parameters }, '/');
  t.equal(sweep.record.search.trials, 4);
  t.same(pointsOf(sweep, 1, 4, []), [
    [0.01, 8],
    [1, 8],
    [0.01, 32],
    [1, 32],
  ]);
});

/** A table with gaps: the grade of a stone and its weight make its price. */
function tableOf(
  changes: { readonly scale?: object; readonly missing?: string; readonly encode?: object } = {},
) {
  const lines = Array.from({ length: 150 }, (_, k) => {
    const grade = (k % 11) % 5;
    const weight = ((k * 37) % 101) / 4 + 3;
    return `g${grade},${k % 9 === 4 ? '' : weight},${(grade * weight) / 100}`;
  });
  copy.write('stones.csv', `grade,weight,price\n${lines.join('\n')}\n`);
  const { scale = { name: 'half-range', reach: 2 }, missing = 'midrange' } = changes;
  const { encode = { name: 'graded', top: 3 } } = changes;
  return {
    data: {
      ...{ name: 'csv', path: join(copy.path, 'stones.csv'), target: 'price', split: 'striped' },
      ...{ number: { scale, missing }, category: { encode } },
    },
  };
}

t.test('a table’s columns are scaled, filled and encoded by them', async (t) => {
  const one = await trained(tableOf());
  t.equal((await trained(tableOf(), 3)).summary.weightsHash, one.summary.weightsHash);
  const weights = [...Array.from({ length: 150 }, (_, k) => k)]
    .filter((k) => k % 9 !== 4 && k % 5 > 1)
    .map((k) => ((k * 37) % 101) / 4 + 3);
  const [least, most] = [Math.min(...weights), Math.max(...weights)];
  const short = (value: number) => Number(value.toPrecision(4));
  t.match(one.start.columns, [
    { name: 'grade', type: 'category', becomes: 'ordinal of 5' },
    {
      name: 'weight',
      missing: 17,
      becomes: `(x − ${short((least + most) / 2)}) / ${short((most - least) / 4)}`,
    },
  ]);
  const { weightsHash } = (await trained({ ...plain, ...tableOf() })).summary;
  for (const [title, changes] of Object.entries({
    'another reach': { scale: { name: 'half-range', reach: 1 } },
    'another scale': { scale: { name: 'standard' } },
    'another rule': { missing: 'median' },
    'another top': { encode: { name: 'graded' } },
    'another encoding': { encode: { name: 'one-hot' } },
  })) {
    const other = await trained({ ...plain, ...tableOf(changes) });
    t.not(other.summary.weightsHash, weightsHash, title);
  }
});

t.test('a model goes out in the format, which a name or an ending asks for', async (t) => {
  const { exportModel } = await imported<typeof Library>('index.js');
  const settings = { output: join(copy.path, 'stones.tensors.txt') };
  const { format, bytes, notes } = await exportModel(join(copy.path, 'run'), settings);
  const text = readFileSync(settings.output, 'utf8');
  t.same([format, bytes, notes], ['tensor-list', Buffer.byteLength(text), ['it holds no numbers']]);
  t.match(text, /^layer1\.weight 2×9\nlayer1\.bias 9\nlayer1\.squash\.gain 9\n/);
  const wrong = exportModel(join(copy.path, 'run'), { format: 'tensor-lists' as never });
  await t.rejects(wrong, { message: /tfjs.*did you mean "tensor-list"\?/ });
});

t.test('the command line has them: help, the schema, a command, a report', async (t) => {
  copy.write('members.json', JSON.stringify(config));
  const [help, trainHelp, schema, outline, tsv] = await Promise.all([
    run(copy.path, ['--help']),
    run(copy.path, ['train', '--help']),
    run(copy.path, ['schema']),
    run(copy.path, ['outline', file]),
    run(copy.path, ['train', file, '--tsv', '--threads', '2', '--epochs', '2']),
  ]);
  t.match(help, /outline/);
  t.match(trainHelp, /--tsv/);
  const {
    'a command': _,
    'a report': __,
    'an export format': ___,
    'a search of sweeps': ____,
    ...configured
  } = MADE_UP;
  for (const name of Object.values(configured)) t.match(schema, `"${name}"`, name);
  t.match(outline, /^layer1\.weight 2×9\n[\s\S]*^layer1\.squash\.gain 9\n/m);
  t.match(tsv, /^1\t[\d.e-]+\t[\d.e-]+\n2\t[\d.e-]+\t[\d.e-]+\n$/);
});
