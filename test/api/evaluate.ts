/** `evaluate` as a function: files of every format, weights, what is refused. */
import '../helpers/bare.js';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { PNG } from 'pngjs';
import t from 'tap';
import { evaluate } from '../../src/api/evaluate.js';
import { narrowed, withEach } from '../../src/data/each.js';
import { classTargets, preprocessingOf } from '../../src/data/source.js';
import { type ClassPrediction, loadModel } from '../../src/predict/node.js';
import { FEATURES, matrices, random } from '../helpers/matrix.js';
import { npyDoubles, npz } from '../helpers/npy.js';
import { smallSource } from '../helpers/small.js';
import { fields, header, rowObject, tables, targets, VALIDATION_ROWS } from '../helpers/table.js';

const { path, train } = tables(t.teardown);
const { runDir, summary } = await train({
  target: 'kind',
  loss: 'cross-entropy',
  layers: [{ units: 'auto', activation: 'softmax' }],
});
const { trained, classes } = matrices(path, t.teardown);
const matrix = await classes();
const rows = Array.from({ length: VALIDATION_ROWS }, (_, row) => fields(row, 'validation'));

t.test('JSON Lines, Parquet and arrays', async (t) => {
  const json = rows.map((row) => JSON.stringify({ ...rowObject(row), kind: row[7] }));
  writeFileSync(
    path('rows.jsonl'),
    json.map((line) => line.replace(/"size":"([^"]*)"/, '"size":$1')).join('\n'),
  );
  t.equal((await evaluate(runDir, { input: path('rows.jsonl') })).loss, summary.validLoss);
  const columnData = header.map((name, k) => ({
    name,
    data: rows.map((row) => (['', '?'].includes(row[k]) ? null : row[k])),
    type: 'STRING' as const,
    nullable: true,
  }));
  writeFileSync(path('rows.parquet'), Buffer.from(parquetWriteBuffer({ columnData })));
  t.equal((await evaluate(runDir, { input: path('rows.parquet') })).loss, summary.validLoss);

  const own = await evaluate(matrix, { split: 'validation', cache: false });
  const all = await evaluate(matrix, { input: path('x.npy'), target: path('y.npy') });
  t.equal(all.rows, 60);
  const values = (r: number) => Array.from({ length: FEATURES }, (_, k) => random(FEATURES * r + k));
  const shares = loadModel(matrix).predict(Array.from({ length: 60 }, (_, r) => values(r)));
  const losses = shares.map((one, r) => -Math.log((one as ClassPrediction).probabilities[r % 3]));
  t.ok(Math.abs(Number(all.loss) - losses.reduce((a, b) => a + b) / 60) < 1e-12, 'scaled as in training');
  t.not(all.loss, own.loss);
  const [x, y] = ['x.npy', 'y.npy'].map((name) => readFileSync(path(name)));
  writeFileSync(path('d.npz'), npz({ x, y }));
  const archive = await evaluate(matrix, { input: path('d.npz#x'), target: path('d.npz#y') });
  t.equal(archive.loss, all.loss);
  writeFileSync(
    path('strange.npy'),
    npyDoubles([60], (k) => k % 4),
  );
  writeFileSync(path('list.json'), '[[1, 2, 3]]');
  const cases: [Parameters<typeof evaluate>[1], RegExp][] = [
    [{ input: path('x.npy') }, /^--target: expected the array/],
    [
      { input: path('x.npy'), target: path('strange.npy') },
      /strange\.npy: row 4: expected one of the model's classes, got 3$/,
    ],
    [{ target: path('y.npy') }, /^--target: is of the rows of --input/],
    [
      { input: path('validation.csv') },
      /takes rows of numbers, and this is a table or a list; .* --target y\.npy$/,
    ],
    [{ input: path('list.json') }, /list\.json: the model takes rows of numbers, .* a list;/],
    [{ input: path('.') }, /has not learned classes of pictures/],
    [{ importance: 1 }, /^--importance: is of columns/],
  ];
  for (const [settings, message] of cases) await t.rejects(evaluate(matrix, settings), { message });
});

t.test('pictures in a folder for each class', async (t) => {
  const gray = { dark: 20, light: 220 };
  for (const [name, value] of Object.entries(gray)) {
    mkdirSync(path(`photos/${name}`), { recursive: true });
    mkdirSync(path(`parts/train/${name}`), { recursive: true });
    for (let k = 0; k < 6; k++) {
      const png = new PNG({ width: 3, height: 2 });
      for (let at = 0; at < png.data.length; at++) png.data[at] = at % 4 === 3 ? 255 : value + k;
      writeFileSync(path(`photos/${name}/${k}.png`), PNG.sync.write(png));
      writeFileSync(path(`parts/train/${name}/${k}.png`), PNG.sync.write(png));
    }
  }
  const layers = [{ units: 'auto', activation: 'softmax' }] as const;
  const data = { name: 'images', path: path('photos'), color: 'gray' } as const;
  const model = await trained('pictures', {
    data,
    model: { precision: 'float64', layers },
    loss: 'cross-entropy',
  });
  const all = await evaluate(model, { input: path('photos') });
  const given = Object.values(gray).flatMap((value) =>
    [0, 1, 2, 3, 4, 5].map((k) => Array(6).fill(value + k)),
  );
  const losses = loadModel(model)
    .predict(given)
    .map((one, r) => -Math.log((one as ClassPrediction).probabilities[r < 6 ? 'dark' : 'light']));
  t.equal(all.rows, 12);
  t.ok(Math.abs(Number(all.loss) - losses.reduce((a, b) => a + b) / 12) < 1e-12);
  rmSync(path('photos/dark'), { recursive: true });
  const light = await evaluate(model, { input: path('photos') });
  t.ok(
    Math.abs(Number(light.loss) - losses.slice(6).reduce((a, b) => a + b) / 6) < 1e-12,
    'of the right class',
  );
  const binary = await trained('binary-pictures', {
    data: { ...data, path: path('parts/train') },
    model: { layers: [{ units: 1, activation: 'sigmoid' }] },
    loss: 'binary-cross-entropy',
  });
  t.equal((await evaluate(binary, { input: path('photos') })).rows, 6);
  renameSync(path('photos/light'), path('photos/night'));
  const cases: [Parameters<typeof evaluate>[1], RegExp][] = [
    [
      { input: path('photos') },
      /photos: expected folders named as the model's classes \(dark, light\), got "night"$/,
    ],
    [{ input: path('parts') }, /parts: holds folders of parts; name the one to evaluate/],
    [{ input: path('photos'), target: path('y.npy') }, /^--target: .* of pictures the folders/],
  ];
  for (const [settings, message] of cases) await t.rejects(evaluate(model, settings), { message });
});

t.test('rows that a rule of the training drops are left out of another file too', async (t) => {
  const dropping = await train({
    target: 'kind',
    loss: 'cross-entropy',
    layers: [{ units: 'auto', activation: 'softmax' }],
    data: {
      name: 'csv',
      path: path('train.csv'),
      missing: ['?'],
      target: 'kind',
      ignore: targets.filter((name) => name !== 'kind'),
      number: { missing: 'drop' },
      category: { missing: 'category', unseen: 'ignore' },
      date: { missing: 'drop' },
    },
  });
  const all = await evaluate(runDir, { input: path('validation.csv') });
  const some = await evaluate(dropping.runDir, { input: path('validation.csv') });
  t.ok(some.rows > 0 && some.rows < all.rows, `${some.rows} of ${all.rows} rows`);
});

t.test('the weights that the model was trained with', async (t) => {
  const lines = ['x,y,w', ...Array.from({ length: 40 }, (_, k) => `${random(k)},${random(3 * k)},${k % 4}`)];
  writeFileSync(path('weighted.csv'), lines.join('\n'));
  const split = { name: 'random', validation: 10, test: 10 } as const;
  const model = await trained('weighted', {
    data: { name: 'csv', path: path('weighted.csv'), target: 'y', weight: 'w', split },
    model: { precision: 'float64', layers: [{ units: 'auto' }] },
    loss: 'mean-squared-error',
  });
  const all = await evaluate(model, { input: path('weighted.csv') });
  const once = await evaluate(model, { input: path('weighted.csv'), weight: false });
  const predictions = loadModel(model).predict(
    lines.slice(1).map((line) => ({ x: Number(line.split(',')[0]) })),
  );
  const errors = predictions.map((one, k) => ((one as { y: number }).y - random(3 * k)) ** 2);
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const weights = errors.map((_, k) => k % 4);
  t.ok(Math.abs(Number(once.loss) - sum(errors) / 40) < 1e-12);
  t.ok(Math.abs(Number(all.loss) - sum(errors.map((e, k) => e * weights[k])) / sum(weights)) < 1e-12);
  const own = await evaluate(model);
  const ownOnce = await evaluate(model, { weight: false });
  t.not(own.loss, ownOnce.loss);
  t.same(own.metrics, ownOnce.metrics, 'which count each row once');
  writeFileSync(
    path('unweighted.csv'),
    lines.map((line) => line.split(',').slice(0, 2).join(',')).join('\n'),
  );
  await t.rejects(evaluate(model, { input: path('unweighted.csv') }), {
    message: /no column "w".*--no-weight/,
  });
  t.equal((await evaluate(model, { input: path('unweighted.csv'), weight: false })).loss, once.loss);
});

t.test('several quantiles: an output for each of them and each target', async (t) => {
  const quantiles = [0.1, 0.5, 0.75];
  const lines = ['x,y,z', ...Array.from({ length: 40 }, (_, k) => `${random(k)},${random(3 * k)},${-k}`)];
  writeFileSync(path('two.csv'), lines.join('\n'));
  const split = { name: 'random', validation: 10, test: 10 } as const;
  const target = { columns: ['y', 'z'], scale: 'standard' };
  const config: Parameters<typeof trained>[1] = {
    data: { name: 'csv', path: path('two.csv'), target, split },
    model: { precision: 'float64', layers: [{ units: 'auto' }] },
    loss: { name: 'quantile', quantiles },
  };
  const model = await trained('quantiles', config);
  const [start] = readFileSync(path('quantiles/events.jsonl'), 'utf8').split('\n');
  t.same(JSON.parse(start).scaledTargets, ['y', 'z']);
  await t.rejects(trained('narrow', { ...config, model: { layers: [{ units: 3 }] } }), {
    message: 'model.layers.0.units: the data "csv" needs 6 outputs, 3 a target, got 3',
  });
  const predictions = loadModel(model).predict(
    lines.slice(1).map((line) => ({ x: Number(line.split(',')[0]) })),
  ) as Record<string, number>[];
  const names = ['y_q0.1', 'y_q0.5', 'y_q0.75', 'z_q0.1', 'z_q0.5', 'z_q0.75'];
  t.same(Object.keys(predictions[0]), names);
  let sum = 0;
  for (const [k, row] of predictions.entries()) {
    for (const [output, name] of names.entries()) {
      const apart = (output < 3 ? random(3 * k) : -k) - row[name];
      const share = quantiles[output % 3];
      sum += apart > 0 ? share * apart : (share - 1) * apart;
    }
  }
  const all = await evaluate(model, { input: path('two.csv') });
  t.same([Object.keys(all.metrics), all.rows], [['pinball'], 40], 'others are of one output for each target');
  t.ok(Math.abs(Number(all.metrics.pinball) - sum / 240) < 1e-12);
  t.equal((await evaluate(model)).rows, 10);

  const plain = smallSource(5, 3, 2, 'real');
  const wide = withEach(plain, ['a', 'b']);
  const read = async ({ features, outputs, read }: typeof plain) => {
    const window = { features: new Float64Array(5 * features), targets: new Float64Array(5 * outputs) };
    await read(window as never);
    return [...window.targets];
  };
  t.same(
    await read(wide),
    (await read(plain)).flatMap((value) => [value, value]),
  );
  const given = preprocessingOf(wide);
  const columnsOf = ({ target }: typeof given) =>
    (target as { columns: readonly { name: string }[] }).columns.map(({ name }) => name);
  t.same(columnsOf(given), ['output1_a', 'output1_b', 'output2_a', 'output2_b']);
  t.same(columnsOf(narrowed(given, ['a', 'b'])), ['output1', 'output2']);
  t.throws(() => withEach({ ...plain, targets: classTargets(2) }, ['a', 'b']), {
    message: /^loss: has several outputs for each target, which are for values/,
  });
  t.throws(() => withEach({ ...plain, stream: {} as never }, ['a', 'b']), {
    message: /^data\.stream: the loss has/,
  });
});

t.test('training rows that are streamed are refused before they are read', async (t) => {
  const model = await trained('streamed', {
    data: {
      name: 'npy',
      features: path('x.npy'),
      target: path('y.npy'),
      // Less would do for the order of one host alone.
      stream: { block: '10 rows', window: '24 rows' },
    },
    model: { layers: [{ units: 'auto', activation: 'softmax' }] },
    loss: 'cross-entropy',
    train: { batchSize: 7, averaging: 'hosts' },
  });
  await t.rejects(evaluate(model, { split: 'train' }), {
    message: /^--split: training rows of streamed data/,
  });
  t.ok((await evaluate(model, { split: 'test' })).rows > 0);
});
