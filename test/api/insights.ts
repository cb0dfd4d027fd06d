/** What runs tell at their end: in which order, of what data, whatever becomes of their workers; and of runs without an end. */
import '../helpers/bare.js';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import t from 'tap';
import { evaluate } from '../../src/api/evaluate.js';
import { insightsOf } from '../../src/api/insights.js';
import { inspect } from '../../src/api/inspect.js';
import { prune } from '../../src/api/prune.js';
import { resume } from '../../src/api/resume.js';
import { train } from '../../src/api/train.js';
import { type Config, configSchema } from '../../src/config/schema.js';
import { Trainer } from '../../src/coordinator/trainer.js';
import { readRun, recordOf } from '../../src/history/record.js';
import type { InsightsEvent } from '../../src/insights.js';
import { Pool } from '../../src/pool/pool.js';
import { type ClassPrediction, loadModel } from '../../src/predict/node.js';
import type { TrainEvent } from '../../src/protocol.js';
import { inspectReport } from '../../src/report/inspect.js';
import { pruneReport } from '../../src/report/prune.js';
import { Terminal } from '../../src/report/terminal.js';
import { type FaultPlan, faultPlan, SharedWord } from '../../torture/faults.js';
import { smallData, smallConfig as tortured } from '../../torture/small.js';
import { folderOf, idxFile } from '../helpers/idx.js';
import { Screen } from '../helpers/screen.js';
import { csvText, header } from '../helpers/table.js';
import { xor } from '../helpers/xor.js';

const folder = t.testdir();
const path = (name: string) => join(folder, name);
const pool = new Pool(2);
t.teardown(() => pool.close());

/** What a run's folder says, in the order in which it was told. */
const told = (runDir: string): TrainEvent[] =>
  readFileSync(join(runDir, 'events.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const insightsIn = (runDir: string) =>
  told(runDir).filter((event): event is InsightsEvent => event.event === 'insights');

/** A hidden layer, and one of classes. */
const twoLayers = (units: number, activation: string) => ({
  layers: [
    { units, activation },
    { units: 'auto', activation: 'softmax' },
  ],
});

/** Trains in a folder. */
async function run(name: string, config: object, given: object = { pool }) {
  const events: TrainEvent[] = [];
  const parsed = configSchema.parse({ name, seed: 3, ...config }) as Config;
  const options = { threads: 2, runDir: path(name), version: 'test' };
  const { summary } = await new Trainer().train(parsed, options, (event) => events.push(event), given);
  return { summary, events, found: insightsIn(path(name)).at(-1) as InsightsEvent };
}

t.test('told once, before done, with the times of both; without a folder not at all', async (t) => {
  const before = Date.now();
  const { events, found } = await run('xor', xor({ train: { epochs: 3 } }));
  const names = told(path('xor')).map(({ event }) => event);
  t.same(names.slice(-2), ['insights', 'done']);
  t.same(
    events.filter(({ event }) => event === 'insights'),
    [found],
  );
  for (const event of events) {
    if (event.event !== 'start' && event.event !== 'done') continue;
    t.ok(Date.parse(event.at ?? '') >= before && Date.parse(event.at ?? '') <= Date.now());
  }
  t.match(found, { part: 'test', rows: 4, classes: ['0', '1'], worst: { length: 4 } });
  const { surface } = found;
  t.match(surface, { names: ['input1', 'input2'], x: [-0.1, 1.1], y: [-0.1, 1.1] });
  t.same(surface?.points.map(({ x, y, target }) => [x, y, target]).sort(), [
    [0, 0, '0'],
    [0, 1, '1'],
    [1, 0, '1'],
    [1, 1, '0'],
  ]);
  t.same([surface?.outputs.length, surface?.outputs[0].length, surface?.outputs[0][0].length], [1, 41, 41]);
  const { events: silent } = { events: [] as TrainEvent[] };
  const config = configSchema.parse(xor({ train: { epochs: 3 } })) as Config;
  const options = { threads: 2, runDir: null, version: 'test' };
  await new Trainer().train(config, options, (event) => silent.push(event), { pool });
  t.notOk(silent.some(({ event }) => event === 'insights'));
});

t.test('the surface is what the network says at each point', async (t) => {
  const rows = Array.from({ length: 60 }, (_, k) => ({
    a: k % 7,
    b: 10 * (k % 11),
    sum: (k % 7) - (k % 11),
  }));
  const { found } = await run('plane', {
    data: { name: 'memory', rows, target: 'sum', split: { name: 'random', validation: 20, test: 0 } },
    model: { precision: 'float64', layers: [{ units: 1 }] },
    loss: 'mean-squared-error',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    train: { epochs: 40, batchSize: 8 },
  });
  t.match(found, { part: 'validation', rows: 20 });
  const { x, y, names, outputs } = found.surface as NonNullable<InsightsEvent['surface']>;
  t.same(names, ['a', 'b']);
  // Learned by heart: a − b / 10.
  for (const [u, v] of [
    [0, 0],
    [40, 3],
    [17, 40],
  ]) {
    const at = (range: [number, number], k: number) => range[0] + ((range[1] - range[0]) * k) / 40;
    t.ok(Math.abs(outputs[0][v][u] - (at(x, u) - at(y, v) / 10)) < 1e-2, `${u}, ${v}`);
  }
  const [{ target, histogram, points }] = found.residuals as NonNullable<InsightsEvent['residuals']>;
  t.equal(target, 'sum');
  t.equal(points.length, 20);
  t.ok(Math.max(Math.abs(histogram.from), histogram.to) < 1e-2);
  for (const { cells, target: wanted, output } of found.worst) {
    t.equal(Number(cells?.a) - Number(cells?.b) / 10, (wanted as number[])[0]);
    t.ok(Math.abs(output[0] - (wanted as number[])[0]) < 1e-2);
  }
});

t.test('the surface of numbers without names, scaled by column, is what the model predicts', async (t) => {
  const rows = Array.from({ length: 60 }, (_, k) => [k % 7, 100 + 10 * (k % 11)]);
  const { found } = await run('matrix', {
    data: {
      name: 'memory',
      features: Float64Array.from(rows.flat()),
      width: 2,
      target: rows.map(([a]) => (a > 3 ? 'up' : 'down')),
      scale: 'standard',
      split: { name: 'random', validation: 0, test: 20 },
    },
    model: twoLayers(5, 'tanh'),
    loss: 'cross-entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    train: { epochs: 3, batchSize: 8 },
  });
  const { x, y, names, outputs, points } = found.surface as NonNullable<InsightsEvent['surface']>;
  t.same(names, ['input1', 'input2']);
  const at = (range: [number, number], k: number) => range[0] + ((range[1] - range[0]) * k) / 40;
  const model = loadModel(path('matrix'));
  for (const [u, v] of [
    [0, 0],
    [40, 3],
    [17, 40],
  ]) {
    const [{ probabilities }] = model.predict([[at(x, u), at(y, v)]]) as ClassPrediction[];
    t.ok(Math.abs(outputs[0][v][u] - probabilities.down) < 1e-3, `${u}, ${v}`);
    t.ok(Math.abs(outputs[1][v][u] - probabilities.up) < 1e-3);
  }
  for (const point of points) t.equal(point.target, point.x > 3 ? 'up' : 'down');
  const rowsOf = found.worst.map(({ row, cells }) => [rows[row], [cells?.input1, cells?.input2]]);
  for (const [wanted, got] of rowsOf) t.same(got, wanted);
});

t.test('rows of tables by column, missing ones too, by their numbers in the file', async (t) => {
  writeFileSync(path('table.csv'), csvText('train', 120));
  const lines = csvText('train', 120).trimEnd().split('\n').slice(1);
  const data = {
    name: 'csv',
    path: path('table.csv'),
    missing: ['?'],
    target: 'kind',
    ignore: ['sold', 'member', 'price'],
    number: { missing: 'median' },
    category: { unseen: 'ignore' },
    date: { missing: 'mean' },
    columns: { color: { missing: 'category' }, income: { missing: 'drop' } },
    split: { name: 'random', test: 40, validation: 0 },
  };
  const model = { precision: 'float64', layers: [{ units: 'auto', activation: 'softmax' }] };
  const rest = {
    model,
    loss: 'cross-entropy',
    optimizer: { learningRate: 0.01 },
    train: { epochs: 2, batchSize: 16 },
  };
  const fieldsOf = (row: number) => {
    const cells = lines[row].match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? [];
    return cells.map((cell) =>
      cell
        .replace(/,$/, '')
        .replace(/^"(.*)"$/, '$1')
        .replaceAll('""', '"'),
    );
  };
  const { found, events } = await run('table', { ...rest, data });
  t.same(found.classes, ['größer', 'large, "x"', 'small']);
  t.ok(
    found.worst.some(({ row }) => row > 3),
    'behind a row that was dropped',
  );
  for (const { row, cells, target } of found.worst) {
    const fields = fieldsOf(row);
    t.equal(target, fields[header.indexOf('kind')]);
    t.equal(cells?.size, Number(fields[0]));
    t.equal(cells?.color ?? '', fields[header.indexOf('color')]);
    t.same(Object.keys(cells ?? {}), header.slice(0, 7));
  }
  const [start] = events;
  const columns = start.event === 'start' ? (start.columns ?? []) : [];
  const [size] = columns;
  t.match(size.training, { missing: 0 });
  t.ok(Number(size.training?.least) < Number(size.training?.mean));
  t.match(columns[header.indexOf('color')].training, { categories: 3, missing: 0, mean: undefined });
  t.match(columns[header.indexOf('price')].training, undefined, 'ignored');

  // Streamed rows are decoded from what lies in memory.
  const streamed = {
    ...data,
    columns: { color: { missing: 'category' } },
    stream: { block: '8 rows', window: '48 rows' },
  };
  const { found: other } = await run('streamed', {
    ...rest,
    data: streamed,
    train: { ...rest.train, classWeights: 'balanced' },
  });
  t.match(other, { part: 'test', rows: 40 });
  let missing = 0;
  for (const { row, cells, target } of other.worst) {
    const fields = fieldsOf(row);
    t.equal(target, fields[header.indexOf('kind')]);
    t.ok(Math.abs(Number(cells?.size) - Number(fields[0])) < 1e-9);
    const color = fields[header.indexOf('color')];
    if (color === '') missing++;
    else t.equal(cells?.color, color);
  }
  t.ok(missing < other.worst.length);
  // Rows that lie in memory all the time have the weights of their classes too.
  const { gradients } = other.layers[0];
  t.ok(gradients && gradients.from < 0 && gradients.to > 0);
});

t.test('several columns of two classes; embeddings; no rows but those of training', async (t) => {
  const rows = Array.from({ length: 40 }, (_, k) => ({
    c: 'abcd'[k % 4],
    x: k % 5,
    p: k % 2,
    q: k % 4 < 3 ? 'no' : 'yes',
  }));
  const { found } = await run('labels', {
    data: {
      name: 'memory',
      rows,
      target: ['p', 'q'],
      category: { encode: { name: 'embed', size: 2 } },
      split: { name: 'random', validation: 0, test: 0 },
    },
    model: {
      precision: 'float64',
      layers: [
        { units: 6, activation: 'relu' },
        { units: 'auto', activation: 'sigmoid' },
      ],
    },
    loss: 'binary-cross-entropy',
    optimizer: { learningRate: 0.1 },
    train: { epochs: 2, batchSize: 8 },
  });
  t.match(found, { part: 'training', rows: 40 });
  t.same(
    found.roc?.map((one) => one.class),
    ['p', 'q'],
  );
  t.same(
    ['classes', 'confusion', 'calibration', 'surface'].filter((key) => key in found),
    [],
  );
  const [{ target, output, predicted, cells }] = found.worst;
  t.equal(predicted, undefined);
  t.same([target.length, output.length], [2, 2]);
  t.ok('abcd'.includes(String(cells?.c)));
  t.same(
    found.layers.map(({ layer }) => layer),
    ['embedding', 'layer1', 'layer2'],
  );
});

t.test('pictures: their bytes, made smaller where they are large; the first weights by pixel', async (t) => {
  for (const [k, name] of ['dark', 'light'].entries()) {
    mkdirSync(path(`photos/${name}`), { recursive: true });
    for (let n = 0; n < 10; n++) {
      const png = new PNG({ width: 130, height: 65 });
      for (let at = 0; at < png.data.length; at += 4) png.data.set([100 * k + n, 50, 200 * k, 255], at);
      writeFileSync(path(`photos/${name}/${n}.png`), PNG.sync.write(png));
    }
  }
  const { found } = await run('pictures', {
    data: { name: 'images', path: path('photos'), split: { name: 'random', test: 6, validation: 0 } },
    model: twoLayers(4, 'relu'),
    loss: 'cross-entropy',
    optimizer: { learningRate: 0.0001 },
    train: { epochs: 1, batchSize: 4 },
  });
  t.equal(found.worst.length, 6);
  for (const { row, target, picture, cells } of found.worst) {
    t.match(picture, { width: 43, height: 21, channels: 3 });
    const bytes = Buffer.from(picture?.bytes ?? '', 'base64');
    t.equal(bytes.length, 43 * 21 * 3);
    const light = target === 'light' ? 1 : 0;
    t.same([...bytes.subarray(-3)], [100 * light + (row % 10), 50, 200 * light]);
    t.equal(cells, undefined);
  }
  t.equal(found.filters, undefined, 'of 25,350 inputs a unit');

  const idx = await smallPictures();
  const [first] = idx.filters?.units ?? [];
  t.match(idx.filters, { width: 4, height: 3, channels: 1 });
  t.equal(idx.filters?.units.length, 5);
  t.equal(first.length, 12);
  t.match(idx.worst[0].picture, { width: 4, height: 3, channels: 1 });
  const bytes = [...Buffer.from(idx.worst[0].picture?.bytes ?? '', 'base64')];
  t.same([bytes[0], bytes[11]], [0, 255], 'from the least to the largest');
});

/** Fractions in IDX files, 3 × 4 pixels. */
async function smallPictures(): Promise<InsightsEvent> {
  const rows = 30;
  const idx = folderOf(folder, {
    'x.idx': idxFile([rows, 3, 4], (k) => (k % 12) / 11 - 0.25, 'float32'),
    'y.idx': idxFile([rows], (k) => k % 2),
  });
  const { found } = await run('idx', {
    data: { name: 'idx', features: join(idx, 'x.idx'), targets: join(idx, 'y.idx') },
    model: twoLayers(5, 'relu'),
    loss: 'cross-entropy',
    optimizer: { learningRate: 0.01 },
    train: { epochs: 1, batchSize: 4 },
  });
  return found;
}

const program = (data: FaultPlan) => ({
  file: new URL('../../torture/faulty-entry.cjs', import.meta.url),
  data,
});

t.test('workers that fail meanwhile: the same is found, or the run ends without', async (t) => {
  const config = tortured({ epochs: 2 });
  const whole = await run('whole', config, { source: smallData(), pool });
  for (const fault of ['exit', 'throw', 'endless loop'] as const) {
    const plan = faultPlan(fault, 'look', 1, 0, 1);
    const name = fault.replace(' ', '-');
    const { found, summary } = await run(name, config, { source: smallData(), program: program(plan) });
    t.strictSame(found, { ...whole.found }, fault);
    t.equal(plan.words[SharedWord.left], 0, 'it happened');
    t.equal(summary.faults, 1);
    t.equal(summary.weightsHash, whole.summary.weightsHash);
  }
  const plan = faultPlan('throw', 'look', 0, 0, 3);
  const { found, summary, events } = await run('thrice', config, {
    source: smallData(),
    program: program(plan),
  });
  t.equal(found, undefined);
  const names = events.map(({ event }) => event).filter((event) => event !== 'progress');
  t.same(names.slice(-3), ['fault', 'fault', 'done']);
  t.equal(summary.bestHash, whole.summary.bestHash);
  t.ok(readdirSync(path('thrice')).includes('weights.safetensors'));
});

t.test('stopped, gone on with, killed: what there would be at the end', async (t) => {
  const config = xor({ seed: 4, train: { epochs: 40, checkpoint: { every: '10 steps', keep: 100 } } });
  const whole = path('undisturbed');
  await train(config, { runDir: whole, threads: 1 });
  const [wanted] = insightsIn(whole);
  t.strictSame(await insightsOf(whole, { threads: 2 }), wanted, 'of weights');

  const stopped = path('stopped');
  const controller = new AbortController();
  await train(xor({ seed: 4, train: { epochs: 10 ** 6, checkpoint: { every: '1000 steps' } } }), {
    runDir: stopped,
    threads: 1,
    signal: controller.signal,
    onEvent: ({ event }) => event === 'checkpoint' && controller.abort(),
  });
  t.equal(insightsIn(stopped).length, 1);
  t.same(
    told(stopped)
      .map(({ event }) => event)
      .slice(-2),
    ['insights', 'done'],
  );
  t.equal((await readRun(stopped)).state, 'stopped');

  const goesOn = path('goes-on');
  await train({ ...config, train: { ...config.train, epochs: 13 } }, { runDir: goesOn, threads: 1 });
  await resume(goesOn, { threads: 2, overrides: { epochs: 40 } });
  const [first, second] = insightsIn(goesOn);
  t.strictSame(second, wanted);
  t.not(JSON.stringify(first), JSON.stringify(wanted));
  t.strictSame(recordOf(goesOn, {}, told(goesOn), false).insights, wanted, 'the last one counts');

  // As one that was killed: checkpoints, and no weights.
  rmSync(join(whole, 'weights.safetensors'));
  t.strictSame(await insightsOf(whole), wanted, 'of the newest checkpoint');
  const early = await insightsOf(whole, { checkpoint: 10 });
  t.not(JSON.stringify(early?.layers), JSON.stringify(wanted.layers));
  rmSync(join(whole, 'checkpoints'), { recursive: true });
  await t.rejects(insightsOf(whole), {
    name: 'UserError',
    message: /holds neither weights nor a checkpoint yet/,
  });
  await t.rejects(insightsOf(path('none')), { name: 'UserError' });
  await t.rejects(insightsOf(whole, { checkpoint: 10 }), { name: 'UserError' });
});

t.test('inspect tells of units that say nothing, where it is of the weights that the run left', async (t) => {
  const layers = [
    { units: 4, activation: 'relu', initialBias: -9, frozen: true },
    { units: 1, activation: 'sigmoid', rateFactor: 0.5, decayFactor: 0 },
  ];
  const update = { accumulate: 2, clip: { norm: 1 }, ema: { decay: 0.9 }, mixup: { alpha: 0.3 } };
  const settings = { epochs: 1, batchSize: 2, ...update, sampling: 'shuffle' } as const;
  await run('dead', { ...xor({ train: settings }), model: { layers } });
  const of = (file: string) => inspect(path(`dead/${file}`)).then(({ dead }) => dead);
  const dead = [{ layer: 'layer1', activation: 'relu', units: 4, dead: 4 }];
  t.same(await of(''), { part: 'test', rows: 4, layers: dead });
  t.same(await of('weights.safetensors'), await of(''));
  const [checkpoint] = readdirSync(path('dead/checkpoints'));
  t.equal(await of(`checkpoints/${checkpoint}`), null);
  for (const file of ['', `checkpoints/${checkpoint}`]) {
    const found = await inspect(path(`dead/${file}`));
    t.same(
      found.layers.map(({ training }) => training),
      [{ frozen: true }, undefined, { rateFactor: 0.5, decayFactor: 0 }, undefined],
    );
    const { batch, clip, ema, mixup, sampling, stop } = found.trained;
    t.same(
      { batch, clip, ema, mixup, sampling, stop },
      {
        batch: '2, 2 of them a step',
        clip: 'norm 1',
        ema: 'decay 0.9',
        mixup: 'alpha 0.3',
        sampling: 'shuffle',
        stop: undefined,
      },
    );
    const screen = new Screen(80);
    inspectReport(new Terminal(screen, screen, { NO_COLOR: '1', LANG: 'C.UTF-8' }))({
      event: 'done',
      ...found,
    });
    t.match(screen.plain, /\nlayer1 +dense +2 +4 +12 {2}frozen\n/);
    t.match(screen.plain, /\nlayer2 +dense +4 +1 +5 {2}rate × 0\.5, decay × 0\n/);
    t.equal(/\ndead +4 of 4 units of layer1 \(relu\) never/.test(screen.plain), file === '');
  }
  copyFileSync(path('dead/weights.safetensors'), path('moved.safetensors'));
  t.equal((await inspect(path('moved.safetensors'))).dead, null);
  copyFileSync(path('xor/weights.safetensors'), path('dead/weights.safetensors'));
  t.equal(await of(''), null, 'weights of another run');
});

t.test('units that are 0 for every training row are taken out, and nothing else is said of it', async (t) => {
  const layers = [
    { units: 16, activation: 'relu', initialBias: -0.5 },
    { name: 'prelu', perUnit: true },
    { units: 6, activation: 'relu' },
    {
      name: 'residual',
      layers: [
        { units: 12, initialBias: -0.2 },
        { name: 'batch-norm' },
        { name: 'activation', activation: 'relu' },
        { name: 'dropout', rate: 0.1 },
        { units: 6 },
      ],
    },
    { units: 1, activation: 'sigmoid' },
  ];
  const config = { ...xor({ train: { epochs: 30 } }), model: { precision: 'float64', layers } };
  const { summary } = await run('living', config);
  const pruned = path('pruned.safetensors');
  const result = await prune(path('living'), { output: pruned, threads: 2 });
  const [first, second, inner, last] = result.layers;
  t.match(first, { layer: 'layer1', key: 'model.layers.0.units', before: 16, needs: null });
  t.match(inner, { layer: 'layer3', key: 'model.layers.3.layers.0.units', before: 12, needs: null });
  for (const { after, before } of [first, inner]) t.ok(after > 0 && after < before, `${before} → ${after}`);
  t.same([second.after, second.needs], [6, 'a way around layers (residual, concat)']);
  t.same([last.after, last.needs], [6, 'residual']);
  t.same(
    result.checked.map(({ part, rows }) => [part, rows]),
    ['train', 'validation', 'test'].map((part) => [part, 4]),
  );
  for (const { difference } of result.checked) t.ok(difference < 1e-14);
  const [a, b] = [first.after, inner.after];
  t.equal(result.parameters, 2 * a + a + a + (6 * a + 6) + (6 * b + b + 2 * b + 6 * b + 6) + 7);
  const rows = [0, 1, 2, 3].map((k) => [k & 1, k >> 1]);
  const [whole, left] = [path('living'), pruned].map((file) =>
    (loadModel(file).predict(rows) as object[]).map((row) => Number(Object.values(row)[0])),
  );
  for (const [k, share] of left.entries()) t.ok(Math.abs(share - whole[k]) < 1e-12);
  t.ok(new Set(whole).size > 1, 'it says something of rows');
  t.equal((await inspect(pruned)).trained.pruned, `layer1 16 → ${a}, layer3 12 → ${b}`);
  const { loss } = await evaluate(pruned, { threads: 1 });
  t.ok(Math.abs(Number(loss) - Number(summary.testLoss)) < 1e-12);
  const set = result.layers.map(({ key, after }) => `${key}=${after}`);
  await train(config as never, { threads: 1, overrides: { set, epochs: 1 }, initFrom: pruned });
  const screen = new Screen(80);
  pruneReport(
    new Terminal(screen, screen, { NO_COLOR: '1', LANG: 'C.UTF-8' }),
    false,
  )({
    event: 'done',
    ...result,
    path: 'a b.safetensors',
  });
  t.match(
    screen.plain,
    `\ngradpool train <config> --init-from 'a b.safetensors' --set model.layers.0.units=${a}`,
  );
  const again = `${pruned}: nothing to take out: no unit of layer1 (relu, prelu), layer3 (batch-norm, relu, dropout) is 0 in all 4 training rows; `;
  await t.rejects(prune(pruned, { output: path('again'), threads: 1 }), {
    name: 'UserError',
    message: `${again}layer2 has to keep its units for a way around layers (residual, concat); layer4 has to keep its units for residual`,
  });
  await t.rejects(prune(5 as never), { name: 'UserError', message: 'run folder: expected a path, got 5' });
  await run('normed', {
    ...xor({ train: { epochs: 1 } }),
    model: {
      layers: [{ units: 4, activation: 'relu' }, { name: 'layer-norm' }, { units: 1, activation: 'sigmoid' }],
    },
  });
  await t.rejects(prune(path('normed')), {
    name: 'UserError',
    message: /^\S+: nothing to take out: layer1 has to keep its units for layer-norm$/,
  });
});
