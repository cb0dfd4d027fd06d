/** `predict` as a function: formats in and out, threads, rows that are none. */
import '../helpers/bare.js';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { PNG } from 'pngjs';
import t from 'tap';
import { type PredictSettings, predict } from '../../src/api/predict.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { loadModel } from '../../src/predict/node.js';
import { FEATURES, matrices, random } from '../helpers/matrix.js';
import { npyDoubles, npyFile, npz } from '../helpers/npy.js';
import { csvLine, fields, header, rowObject, tables, VALIDATION_ROWS } from '../helpers/table.js';

const { path, train } = tables(t.teardown);
const layers = [
  { units: 6, activation: 'tanh' },
  { units: 'auto', activation: 'softmax' },
];
const { runDir } = await train({ target: 'kind', loss: 'cross-entropy', layers });
const { runDir: prices } = await train({
  target: 'price',
  loss: 'mean-squared-error',
  layers: [{ units: 'auto' }],
});

let written = 0;
async function predicted(model: string, settings: PredictSettings, format = 'csv') {
  const output = path(`out${written++}.${format}`);
  const result = await predict(model, { ...settings, output });
  return {
    ...result,
    bytes: readFileSync(output),
    lines: () => readFileSync(output, 'utf8').trimEnd().split('\n'),
  };
}

const { trained, classes } = matrices(path, t.teardown);
const matrix = await classes();

t.test('any number of threads writes the same bytes, and few rows start none', async (t) => {
  const wide = await trained('wide', {
    data: { name: 'npy', features: path('x.npy'), target: path('y.npy') },
    model: {
      layers: [
        { units: 900, activation: 'relu' },
        { units: 900, activation: 'relu' },
        { units: 'auto', activation: 'softmax' },
      ],
    },
    loss: 'cross-entropy',
  });
  const rows = 6000;
  const broken = 4321;
  const value = (k: number) => (Math.floor(k / FEATURES) === broken ? Number.NaN : random(k));
  writeFileSync(path('many.npy'), npyDoubles([rows, FEATURES], value));
  const input = path('many.npy');
  for (const format of ['csv', 'jsonl', 'npy']) {
    const problems: string[] = [];
    const onProblem = (problem: string) => problems.push(problem);
    const one = await predicted(wide, { input, threads: 1, onError: 'null', onProblem }, format);
    const three = await predicted(wide, { input, threads: 3, onError: 'null', onProblem }, format);
    t.equal(one.threads, 1);
    t.equal(three.threads, 3, 'they were started');
    t.equal(three.rows, rows);
    t.ok(one.bytes.equals(three.bytes), format);
    t.equal(problems.length, 2);
    t.equal(problems[0], problems[1]);
    t.match(problems[0], /many\.npy: row 4322: expected numbers, got NaN at place 0$/);
  }
  for (const threads of [1, 3]) {
    const stopped = predict(wide, { input, threads, output: path('stopped.csv') });
    await t.rejects(stopped, { message: /row 4322: .*--on-error null/ });
  }
  t.equal((await predicted(wide, { input: path('x.npy'), threads: 3 })).threads, 1);
});

t.test('arrays: plain, gzipped, columns first, in an archive; and as output', async (t) => {
  const model = loadModel(matrix);
  const rows = Array.from({ length: 60 }, (_, r) =>
    Array.from({ length: FEATURES }, (_, k) => random(r * FEATURES + k)),
  );
  const shares = model
    .predict(rows)
    .map((one) => Object.values('probabilities' in one ? one.probabilities : {}));
  const { bytes } = await predicted(matrix, { input: path('x.npy') }, 'npy');
  t.equal(bytes.subarray(10, 70).toString(), "{'descr': '<f8', 'fortran_order': False, 'shape': (60, 3), }");
  t.equal(bytes.length, 128 + 60 * 3 * 8);
  const found = new Float64Array(bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.length));
  for (const [at, p] of shares.flat().entries()) t.ok(Math.abs(found[at] - Number(p)) < 1e-12);
  const plain = readFileSync(path('x.npy'));
  writeFileSync(path('x.npy.gz'), gzipSync(plain));
  writeFileSync(path('d.npz'), npz({ x: plain, y: readFileSync(path('y.npy')) }, 6));
  const turned = (k: number) => random((k % 60) * FEATURES + Math.floor(k / 60));
  const fortran = npyFile([60, FEATURES], { descr: '<f8', fortran: true }, 8, (view, at, k) =>
    view.setFloat64(at, turned(k), true),
  );
  writeFileSync(path('f.npy'), fortran);
  writeFileSync(path('x.csv'), rows.map((row) => `${row.join(',')}\n`).join(''));
  const whole = await predicted(matrix, { input: path('x.npy') });
  for (const input of ['x.npy.gz', 'd.npz#x', 'f.npy', 'x.csv'])
    t.ok((await predicted(matrix, { input: path(input) })).bytes.equals(whole.bytes), input);

  writeFileSync(path('narrow.npy'), npyDoubles([4, 3], random));
  const cases: [string, PredictSettings, RegExp][] = [
    [
      matrix,
      { input: path('narrow.npy') },
      /narrow\.npy: expected rows of 12 numbers, got an array of 4 × 3$/,
    ],
    [matrix, { input: path('d.npz') }, /expected the name of one of its arrays/],
    [matrix, { input: path('x.npy'), keep: ['a'] }, /^--keep: .*no columns to be kept$/],
    [runDir, { input: path('x.npy') }, /takes rows of columns, and an array has numbers without names/],
    [matrix, { input: path('x.npy'), format: 'npy' }, /needs a file; add --output out\.npy$/],
  ];
  for (const [model, settings, message] of cases) await t.rejects(predict(model, settings), { message });
});

t.test('values in their own units as an array, and a kept column with the name of an output', async (t) => {
  const input = path('validation.csv');
  const { bytes } = await predicted(prices, { input }, 'npy');
  const csv = await predicted(prices, { input, keep: ['price', 'size', 'price'] });
  const [head, first] = csv.lines();
  t.equal(head, 'price_input,size,price');
  t.equal(first.split(',')[0], fields(0, 'validation')[10]);
  t.equal(Number(first.split(',')[2]), bytes.readDoubleLE(128));
});

t.test('pictures, as the model learned from them', async (t) => {
  const picture = (width: number, height: number, gray: number) => {
    const png = new PNG({ width, height });
    for (let at = 0; at < png.data.length; at += 4) png.data.set([gray, gray, gray, 255], at);
    return PNG.sync.write(png);
  };
  for (const [name, gray] of [
    ['dark', 20],
    ['light', 220],
  ] as const) {
    mkdirSync(path(`photos/${name}`), { recursive: true });
    for (let k = 0; k < 6; k++) writeFileSync(path(`photos/${name}/${k}.png`), picture(4, 4, gray + k));
  }
  const config: Omit<ConfigInput, 'name'> = {
    data: { name: 'images', path: path('photos'), size: [2, 3], color: 'gray', fit: 'crop' },
    model: { precision: 'float64', layers: [{ units: 'auto', activation: 'softmax' }] },
    loss: 'cross-entropy',
  };
  const model = await trained('pictures', config);
  t.equal(loadModel(model).description.preprocessing.matrix?.fit, 'crop');
  mkdirSync(path('new/deep'), { recursive: true });
  writeFileSync(path('new/b.png'), picture(8, 2, 51));
  writeFileSync(path('new/a.png'), picture(3, 2, 102));
  writeFileSync(path('new/deep/c.png'), 'no picture');
  writeFileSync(path('new/.hidden.png'), 'no picture');
  const problems: string[] = [];
  const found = await predicted(model, {
    input: path('new'),
    onError: 'null',
    onProblem: (problem) => problems.push(problem),
  });
  const expected = loadModel(model).predict([102, 51].map((gray) => Array<number>(6).fill(gray)));
  const [head, ...lines] = found.lines();
  t.equal(head, 'file,label,probability_dark,probability_light');
  t.same(
    lines.map((line) => line.split(',').slice(0, 2)),
    [
      [path('new/a.png'), 'label' in expected[0] ? expected[0].label : ''],
      [path('new/b.png'), 'label' in expected[1] ? expected[1].label : ''],
      [path('new/deep/c.png'), ''],
    ],
  );
  t.same(problems, [`${path('new/deep/c.png')}: expected a PNG or JPEG file, got something else`]);
  const alone = await predicted(model, { input: path('new/a.png'), keep: [] });
  t.equal(`${path('new/a.png')},${alone.lines()[1]}`, lines[0]);
  await t.rejects(predict(matrix, { input: path('new') }), { message: /has not learned from pictures/ });
});

const rows = Array.from({ length: VALIDATION_ROWS }, (_, row) => fields(row, 'validation'));

t.test('Parquet, group by group', async (t) => {
  const columns = header.map((name, k) => ({
    name,
    data: rows.map((row) => (['', '?'].includes(row[k]) ? null : name === 'size' ? Number(row[k]) : row[k])),
    type: name === 'size' ? ('DOUBLE' as const) : ('STRING' as const),
    nullable: true,
  }));
  const file = parquetWriteBuffer({ columnData: columns, rowGroupSize: 7 });
  writeFileSync(path('rows.parquet'), Buffer.from(file));
  const keep = ['kind', 'size'];
  const whole = await predicted(runDir, { input: path('validation.csv'), keep });
  const found = await predicted(runDir, { input: path('rows.parquet'), keep });
  t.equal(found.bytes.toString(), whole.bytes.toString());
});

t.test('what is read is never written over, by whatever name', async (t) => {
  const input = path('precious.csv');
  const text = [header, ...rows.slice(0, 3)].map(csvLine).join('\n');
  writeFileSync(input, text);
  symlinkSync(input, path('other-name.csv'));
  for (const output of [input, path('other-name.csv')]) {
    await t.rejects(predict(runDir, { input, output }), {
      name: 'UserError',
      message: /^--output: .* is the file that is read; name another one$/,
    });
  }
  t.equal(readFileSync(input, 'utf8'), text);
});

t.test('rows of numbers: the model knows how many, whatever the first row has', async (t) => {
  const numbers = Array.from({ length: FEATURES }, (_, k) => k).join();
  writeFileSync(path('ragged-numbers.csv'), `1\n${numbers}\n`);
  const found = await predicted(matrix, { input: path('ragged-numbers.csv'), onError: 'null' });
  t.equal(found.failed, 1);
  t.match(found.lines().at(-1), /^[^,]+(,[\d.e-]+){3}$/);
});

t.test('rows of another length are left empty, each told with its line', async (t) => {
  const [a, b] = rows.slice(0, 2).map(csvLine);
  const text = [csvLine(header), a, '1,2', '', '"x\ny",3', b, ''].join('\n');
  writeFileSync(path('ragged.csv'), text);
  const problems: string[] = [];
  const { failed, lines } = await predicted(runDir, {
    input: path('ragged.csv'),
    keep: ['size'],
    onError: 'null',
    onProblem: (problem) => problems.push(problem.replace(/^.*ragged/, 'ragged')),
  });
  t.equal(failed, 3);
  const short = (line: number) =>
    `ragged.csv:${line}: expected 11 fields as in the first line, got 2; a field that holds the delimiter must be in quotes`;
  t.same(problems, [short(3), 'ragged.csv:4: expected 11 fields, got an empty line', short(6)]);
  const [, first, ...others] = lines();
  t.ok(first.startsWith(`${rows[0][0]},`));
  t.same(others.slice(0, 3), [',,,,', ',,,,', ',,,,']);
  t.ok(others[3].startsWith(`${rows[1][0]},`));
  await t.rejects(predict(runDir, { input: path('ragged.csv') }), {
    message: /ragged\.csv:3: expected 11 fields/,
  });

  const wrong = ['x', ...rows[0].slice(1)];
  writeFileSync(path('first.csv'), [csvLine(header), a, csvLine(wrong), '1,2', ''].join('\n'));
  await t.rejects(predict(runDir, { input: path('first.csv'), output: path('first.out') }), {
    message: /first\.csv:3: column "size" expected a plain number/,
  });
  const odd = JSON.stringify({ ...rowObject(rows[0]), size: 'x' });
  writeFileSync(path('first.jsonl'), [odd, '[1]', ''].join('\n'));
  await t.rejects(predict(runDir, { input: path('first.jsonl'), output: path('first.out') }), {
    message: /first\.jsonl:1: column "size" expected/,
  });

  const json = JSON.stringify(rowObject(rows[0]));
  writeFileSync(path('ragged.txt'), [json, '[1]', '{"size": ', json].join('\n'));
  const lenient = await predicted(runDir, { input: path('ragged.txt'), onError: 'null' });
  t.equal(lenient.rows, 4);
  t.equal(lenient.failed, 2);
  t.equal(lenient.lines()[4], lenient.lines()[1]);
});
