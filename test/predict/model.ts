/** `loadModel(...).predict(...)` against what training's evaluation found on the same rows. */
import '../helpers/bare.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { activationNames } from '../../src/model/activations/index.js';
import type { ClassPrediction, LabelsPrediction, Row, ValuesPrediction } from '../../src/predict/node.js';
import { loadModel } from '../../src/predict/node.js';
import { fields, header, rowObject, tables, VALIDATION_ROWS } from '../helpers/table.js';

const { path, train } = tables(t.teardown);
const rows = Array.from({ length: VALIDATION_ROWS }, (_, row) => fields(row, 'validation'));
const objects = rows.map(rowObject);
const field = (row: readonly string[], name: string) => row[header.indexOf(name)];
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Every kind of layer. */
const through = (activation: unknown, last: unknown) => [
  { name: 'batch-norm' },
  { name: 'dropout', rate: 0.2 },
  { units: 9, activation },
  { name: 'layer-norm' },
  {
    name: 'residual',
    layers: [{ name: 'prelu' }, { name: 'concat', layers: [{ units: 4, activation }] }, { units: 9 }],
    drop: 0.5,
  },
  { units: 7 },
  { name: 'batch-norm', newShare: 0.3 },
  { name: 'activation', activation },
  last,
];

const options: Readonly<Record<string, object>> = { elu: { alpha: 0.7 }, 'leaky-relu': { slope: 0.2 } };

for (const name of activationNames) {
  t.test(`every layer and column, ${name}: the validation's loss and accuracy`, async (t) => {
    const activation = { name, ...options[name] };
    const { runDir, summary } = await train({
      target: 'kind',
      loss: 'cross-entropy',
      layers: through(activation, { units: 'auto', activation: 'softmax' }),
    });
    const model = loadModel(runDir);
    t.same(model.classes, ['größer', 'large, "x"', 'small']);
    const predictions = model.predict(objects) as ClassPrediction[];
    const losses = predictions.map(
      ({ probabilities }, k) => -Math.log(probabilities[field(rows[k], 'kind')]),
    );
    t.ok(Math.abs(mean(losses) - Number(summary.validLoss)) < 1e-12, `${mean(losses)} ${summary.validLoss}`);
    const right = predictions.map(({ label }, k) => Number(label === field(rows[k], 'kind')));
    t.equal(mean(right), summary.validMetrics.accuracy);
    const [first] = predictions;
    t.equal(
      Object.values(first.probabilities)
        .reduce((a, b) => a + b)
        .toFixed(12),
      '1.000000000000',
    );
  });
}

t.test('a column that is embedded', async (t) => {
  const { runDir, summary } = await train({
    target: 'kind',
    loss: 'cross-entropy',
    embed: true,
    layers: through('relu', { units: 'auto', activation: 'softmax' }),
  });
  const model = loadModel(runDir);
  t.match(model.description.layers[0], { name: 'embedding', columns: { city: { size: 2 } } });
  const predictions = model.predict(objects) as ClassPrediction[];
  const losses = predictions.map(({ probabilities }, k) => -Math.log(probabilities[field(rows[k], 'kind')]));
  t.ok(Math.abs(mean(losses) - Number(summary.validLoss)) < 1e-12);
});

t.test('yes or no: a label that is a number, two probabilities', async (t) => {
  const { runDir, summary } = await train({
    target: 'sold',
    loss: 'binary-cross-entropy',
    layers: [
      { units: 6, activation: 'tanh' },
      { units: 'auto', activation: 'sigmoid' },
    ],
  });
  const model = loadModel(join(runDir, 'weights.safetensors'));
  const predictions = model.predict(objects) as ClassPrediction[];
  const losses = predictions.map(({ probabilities }, k) => -Math.log(probabilities[field(rows[k], 'sold')]));
  t.ok(Math.abs(mean(losses) - Number(summary.validLoss)) < 1e-12);
  t.same(model.classes, ['0', '1']);
  for (const { label, probabilities } of predictions) {
    t.equal(label, probabilities['1'] > 0.5 ? 1 : 0);
    t.ok(Math.abs(probabilities['0'] + probabilities['1'] - 1) < 1e-15);
  }
  t.equal(model.description.task, 'binary');
});

t.test('several labels', async (t) => {
  const { runDir, summary } = await train({
    target: ['sold', 'member'],
    loss: 'binary-cross-entropy',
    layers: [{ units: 'auto', activation: 'sigmoid' }],
  });
  const model = loadModel(runDir);
  t.same(model.classes, { sold: ['0', '1'], member: ['no', 'yes'] });
  const predictions = model.predict(objects) as LabelsPrediction[];
  const right = predictions.flatMap(({ labels, probabilities }, k) =>
    ['sold', 'member'].map((name) => {
      const [[, no], [, yes]] = Object.entries(probabilities[name]);
      t.equal(labels[name], name === 'sold' ? Number(yes > no) : yes > no ? 'yes' : 'no');
      return Number(String(labels[name]) === field(rows[k], name));
    }),
  );
  t.equal(mean(right), summary.validMetrics.accuracy);
});

t.test('values, in their own units', async (t) => {
  const { runDir, summary } = await train({
    target: { column: 'price', scale: 'standard' },
    loss: 'mean-squared-error',
    layers: [{ units: 6, activation: 'gelu' }, { units: 'auto' }],
  });
  const model = loadModel(runDir);
  const { target } = model.description.preprocessing;
  if (target.kind !== 'values') throw new Error('expected values');
  const [{ scale }] = target.columns;
  t.ok(scale.spread > 100);
  const predictions = model.predict(objects) as ValuesPrediction[];
  const squares = predictions.map(
    ({ price }, k) => ((price - Number(field(rows[k], 'price'))) / scale.spread) ** 2,
  );
  t.ok(Math.abs(mean(squares) - Number(summary.validLoss)) < 1e-12, `${mean(squares)} ${summary.validLoss}`);
  t.equal(model.classes, undefined);
});

t.test('rows: one or many, typed or text, extra columns ignored, in any order', async (t) => {
  const { runDir } = await train({
    target: 'kind',
    loss: 'cross-entropy',
    layers: [{ units: 'auto', activation: 'softmax' }],
  });
  const file = join(runDir, 'weights.safetensors');
  const model = loadModel(file);
  t.same(
    model.inputs.map((input) => ('name' in input ? input.name : '')),
    ['size', 'income', 'age', 'color', 'grade', 'city', 'when'],
  );
  const all = model.predict(objects);
  t.same(model.predict([]), []);
  for (const [k, row] of objects.entries()) {
    t.same(model.predict(row), all[k], 'one row has the same bits as many');
    const typed = {
      extra: 1,
      ...Object.fromEntries(
        Object.entries(row)
          .reverse()
          .map(([name, text]) => {
            if (text === '' || text === '?') return [name, null];
            if (name === 'when') return [name, new Date(text)];
            return [name, ['size', 'income', 'age'].includes(name) ? Number(text) : text];
          }),
      ),
    };
    t.same(model.predict(typed), all[k]);
  }
  const bytes = readFileSync(file);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  for (const source of [
    bytes,
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    shifted.subarray(3),
    pathToFileURL(file),
  ]) {
    t.same(loadModel(source).predict(objects[0]), all[0]);
  }
  const [row] = objects;
  const wrong: [unknown, RegExp][] = [
    [{ ...row, size: '1,5' }, /^column "size" expected a plain number, such as 12 or -0\.5, got "1,5"$/],
    [{ ...row, size: {} }, /^column "size" expected a number, got an object$/],
    [{ ...row, size: Number.POSITIVE_INFINITY }, /^column "size" expected a number, got Infinity$/],
    [{ ...row, grade: 'none' }, /^$/],
    [{ ...row, grade: null }, /^column "grade" is missing, and the model has no rule for that$/],
    [{ ...row, when: 'today' }, /^column "when" expected a date of ISO 8601/],
    [[row, { ...row, size: undefined, age: 'x' }], /^row 1: column "age" expected a plain number/],
    [{ size: 1 }, /^column "income" is not there; give null where its value is missing$/],
    [[1, 2], /^row 0: expected an object of columns by name, got 1$/],
    [null, /^expected an object of columns by name, got null$/],
  ];
  for (const [given, message] of wrong) {
    if (message.source === '^$') t.ok(model.predict(given as Row), 'a category that is none of them');
    else t.throws(() => model.predict(given as Row), { name: 'UserError', message });
  }
});

/** As much of a description as is changed here. */
interface Described {
  format: string;
  layers: { name: string; units?: number; activation?: { name: string }; epsilon?: number }[];
  preprocessing: { columns: { scale?: unknown }[]; target: { classes: string[] } };
}

t.test('a file that is damaged, or no model', async (t) => {
  const { runDir } = await train({
    target: 'kind',
    loss: 'cross-entropy',
    layers: [{ units: 'auto', activation: 'softmax' }],
    precision: 'float32',
  });
  const file = join(runDir, 'weights.safetensors');
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const headerOf = () => JSON.parse(bytes.subarray(8, 8 + length).toString());
  const changed = (change: (header: { __metadata__: Record<string, string> }) => void) => {
    const head = headerOf();
    change(head);
    const json = Buffer.from(JSON.stringify(head));
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(BigInt(json.length));
    return Buffer.concat([start, json, bytes.subarray(8 + length)]);
  };
  const described = (change: (model: Described) => void) =>
    changed(({ __metadata__ }) => {
      const model = JSON.parse(__metadata__.model);
      change(model);
      __metadata__.model = JSON.stringify(model);
    });
  const flipped = Buffer.from(bytes);
  flipped[flipped.length - 1] ^= 1;
  const cases: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(), /^model: truncated: expected at least 8 bytes, got 0$/],
    [
      'half',
      bytes.subarray(0, bytes.length - 4),
      /^model: its tensors take \d+ bytes, the file has \d+ of data$/,
    ],
    ['a bit', flipped, /^model: damaged: its weights have another hash/],
    ['an older run', changed(({ __metadata__ }) => delete __metadata__.model), /train it again$/],
    [
      'another file',
      changed((head) => {
        head.__metadata__ = {};
      }),
      /^model: says nothing of a model; expected the weights\.safetensors of a run$/,
    ],
    [
      'another format',
      described((model) => Object.assign(model, { format: 'gradpool-model-9' })),
      /"gradpool-model-9"/,
    ],
    [
      'an unknown layer',
      described(({ layers }) => Object.assign(layers[0], { name: 'conv' })),
      /layers that are unknown here/,
    ],
    [
      'an unknown activation',
      described(({ layers }) => Object.assign(layers[0], { activation: { name: 'constructor' } })),
      /unknown here/,
    ],
    [
      'another width',
      described(({ layers }) => Object.assign(layers[0], { units: 4 })),
      /4 outputs, and it says 3$/,
    ],
    ['fewer columns', described((model) => model.preprocessing.columns.pop()), /its columns make \d+ inputs/],
    [
      'fewer classes',
      described((model) => model.preprocessing.target.classes.pop()),
      /2 outputs, its layers 3$/,
    ],
    [
      'texts that are no list',
      described((model) => Object.assign(model.preprocessing, { texts: { missing: {}, point: '.' } })),
      /do not fit its model: its texts$/,
    ],
    ['no scale', described((model) => delete model.preprocessing.columns[0].scale), /its column "size"$/],
    [
      'other tensors',
      described((model) => model.layers.unshift({ name: 'layer-norm', epsilon: 1e-5 })),
      /^model: has no tensor "input\.norm\.weight", which its layers need$/,
    ],
  ];
  for (const [what, given, message] of cases) {
    t.throws(() => loadModel(given), { name: 'UserError', message }, what);
  }
  writeFileSync(path('half'), bytes.subarray(0, 20));
  t.throws(() => loadModel(path('half')), { name: 'UserError', message: /half: truncated/ });
  t.throws(() => loadModel(path('none')), { name: 'UserError', message: /none: cannot be read \(ENOENT/ });
  t.throws(() => loadModel(17 as unknown as string), {
    message: /^loadModel: expected the bytes of a model.*got 17/,
  });
});
