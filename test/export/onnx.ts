/** Models as onnxruntime runs them, beside the formulas in float64. */
import '../helpers/bare.js';
import * as ort from 'onnxruntime-web';
import t from 'tap';
import type { LoadedModel } from '../../src/export/model.js';
import { onnx } from '../../src/export/onnx.js';
import { activationNames } from '../../src/model/activations/index.js';
import { layerMembers } from '../../src/model/layers/index.js';
import type { LayerSpec } from '../../src/model/network.js';
import type { Precision } from '../../src/model/precision.js';
import {
  dateParts,
  type FittedColumn,
  type FittedTarget,
  type Preprocessing,
} from '../../src/preprocess/fitted.js';
import { type Cell, inputsFor, modelWith, outputsFor, valuesOf } from '../helpers/model.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const NO_DATE = -(2n ** 63n);

/** Columns' cells as the graph's inputs have them. */
function feedsOf(
  { description }: LoadedModel,
  rows: readonly (readonly Cell[])[],
): Record<string, ort.Tensor> {
  const { columns } = description.preprocessing;
  const { precision } = description;
  if (columns === undefined) {
    const flat = rows.flat().map(Number);
    const shape = [rows.length, rows[0].length];
    const features =
      precision === 'float32'
        ? new ort.Tensor('float32', Float32Array.from(flat), shape)
        : new ort.Tensor('float64', Float64Array.from(flat), shape);
    return { features };
  }
  const tensor = (column: FittedColumn, k: number): ort.Tensor => {
    const cells = rows.map((row) => row[k]);
    const shape = [rows.length, 1];
    if (column.type === 'number') return new ort.Tensor('float64', Float64Array.from(cells, Number), shape);
    if (column.type === 'category')
      return new ort.Tensor(
        'string',
        cells.map((cell) => String(cell ?? '')),
        shape,
      );
    const ms = cells.map((cell) => (Number.isNaN(Number(cell)) ? NO_DATE : BigInt(Number(cell))));
    return new ort.Tensor('int64', BigInt64Array.from(ms), shape);
  };
  return Object.fromEntries(columns.map((column, k) => [column.name || `column${k + 1}`, tensor(column, k)]));
}

async function runs(model: LoadedModel, rows: readonly (readonly Cell[])[]) {
  const { files } = onnx.encode(model, 'in-out');
  const session = await ort.InferenceSession.create(Buffer.concat(files[0].parts));
  const outputs = await session.run(feedsOf(model, rows));
  await session.release();
  return outputs;
}

const numbersIn = (tensor: ort.Tensor) => Array.from(tensor.data as ArrayLike<number>, Number);

/** float32 rounds some operations in a row; what float64 is off by comes of the order of sums, and of exp(x) − 1. */
const bounds: Readonly<Record<Precision, number>> = { float32: 1e-5, float64: 1e-12 };

/** The largest |y − expected| / max(1, |expected|); NaN where one alone is NaN, or an infinity is not the same. */
function farthest(got: readonly number[], expected: readonly number[]): number {
  if (got.length !== expected.length) return Number.NaN;
  return expected.reduce((most, y, k) => {
    const off = Object.is(got[k], y) ? 0 : Math.abs(got[k] - y) / Math.max(1, Math.abs(y));
    return Math.max(most, off);
  }, 0);
}

const raw = (features: number): Preprocessing['matrix'] => ({ features, scales: [1], offsets: [0] });
const plain = (outputs: number): FittedTarget => ({
  kind: 'values',
  columns: Array.from({ length: outputs }, (_, k) => ({
    name: `y${k}`,
    scale: { log: false, center: 0, spread: 1 },
  })),
});

for (const precision of ['float32', 'float64'] as const) {
  t.test(`every activation, with options, from tiny to large: ${precision}`, async (t) => {
    const xs = [-40, -12, -7, -6, -5.9, -3, -2.9, -2, -1.3, -1.2, -0.9, -0.5, -0.01, -1e-6, 0];
    const row = [...xs, ...xs.map((x) => -x)];
    for (const name of activationNames) {
      const options = { elu: { alpha: 1.7 }, 'leaky-relu': { slope: 0.2 } }[name as string] ?? {};
      const model = modelWith({
        layers: [{ name: 'activation', activation: { name, ...options } }],
        preprocessing: { matrix: raw(row.length), target: plain(row.length) },
        outputs: row.length,
        precision,
      });
      const { values } = await runs(model, [row]);
      const rounded =
        precision === 'float32' ? Float64Array.from(Float32Array.from(row)) : Float64Array.from(row);
      const off = farthest(numbersIn(values), [...outputsFor(model, rounded)]);
      t.ok(off <= bounds[precision], `${name}: off by ${off}`);
    }
  });

  t.test(`every layer: ${precision}`, async (t) => {
    const layers: LayerSpec[] = [
      { name: 'layer-norm', epsilon: 0.01 },
      { units: 9, activation: 'gelu' },
      { name: 'batch-norm', newShare: 0.1, epsilon: 1e-5 },
      { name: 'dropout', rate: 0.5 },
      { name: 'gaussian-noise', deviation: 0.5 },
      { name: 'activation', activation: 'silu' },
      { units: 7 },
      {
        name: 'residual',
        layers: [
          { name: 'prelu', slope: 0.25, perUnit: true },
          { name: 'concat', layers: [{ units: 2 }, { name: 'prelu', slope: 0.25, perUnit: false }] },
          { units: 7 },
        ],
        drop: 0.5,
      },
      { name: 'layer-norm', epsilon: 1e-5 },
      { name: 'batch-norm', newShare: 0.1, epsilon: 0.1 },
      { units: 'auto' },
    ];
    // Those that configurations name; embeddings follow from columns, below.
    const written = JSON.stringify(layers);
    for (const name of Object.keys(layerMembers))
      t.ok(name === 'dense' || written.includes(`"${name}"`), name);
    const matrix = { features: 5, scales: [1, 2, -0.5, 0.25, 3], offsets: [0, 1, -1, 0.5, 2] };
    const model = modelWith({ layers, preprocessing: { matrix, target: plain(3) }, outputs: 3, precision });
    const rows = [
      [1, -2, 3, 0.5, 0],
      [-0.25, 0, 7, 100, -3],
      [1, 1, 1, 1, 1],
    ];
    const { values } = await runs(model, rows);
    t.same(values.dims, [3, 3]);
    const expected = rows.flatMap((row) => [...outputsFor(model, inputsFor(model, row))]);
    const off = farthest(numbersIn(values), expected);
    t.ok(off <= bounds[precision], `off by ${off}`);
  });

  t.test(
    `every kind of column, values that are missing and categories that are new: ${precision}`,
    async (t) => {
      const columns = everyColumn();
      const target: FittedTarget = {
        kind: 'values',
        columns: [
          { name: 'price', scale: { log: false, center: 300, spread: 120 } },
          { name: 'income', scale: { log: true, center: 2, spread: 0.5 } },
        ],
      };
      const model = modelWith({
        layers: [{ units: 6, activation: 'tanh' }, { units: 2 }],
        preprocessing: { columns, target },
        outputs: 2,
        precision,
        size: 0.5,
      });
      const cells: Record<string, Cell[]> = {
        number: [1.5, Number.NaN, -3, 0],
        date: [Date.UTC(2024, 1, 29, 23, 59, 59, 999), Number.NaN, Date.UTC(1969, 11, 31, 23, 59, 59, 1), 0],
        category: ['b', null, 'rare one', 'never seen'],
      };
      // Large only where they are scaled down: what saturates a tanh hides everything else.
      const cell = ({ name, type }: FittedColumn, r: number): Cell =>
        type === 'number' && name !== 'as it is' ? Number(cells.number[r]) * 1e9 : cells[type][r];
      const rows = [0, 1, 2, 3].map((r) => columns.map((column) => cell(column, r)));
      const { output_values: values } = await runs(model, rows);
      t.same(values.type, 'float64', 'an output gives way to an input of its name');
      const expected = rows.flatMap((row) => [...valuesOf(target, outputsFor(model, inputsFor(model, row)))]);
      const off = farthest(numbersIn(values), expected);
      t.ok(off <= bounds[precision], `off by ${off}`);
    },
  );
}

/** Numbers of each scale and with an indicator, a date of all parts, categories of each encoding. */
function everyColumn(): FittedColumn[] {
  const missing = { fill: 2, indicator: false };
  const category = {
    type: 'category',
    categories: ['a', 'b', 'ä"\\ ü'],
    rare: ['rare one', 'rare two'],
    codes: 5,
    missing: 4,
    unseen: -1,
  } as const;
  const scale = (center: number, spread: number, log = false) => ({ log, center, spread });
  return [
    { name: 'as it is', type: 'number', scale: scale(0, 1), ...missing },
    { name: 'standard', type: 'number', scale: scale(-3e8, 1e9), ...missing },
    { name: 'log', type: 'number', scale: scale(0.5, 9, true), ...missing },
    { name: 'told', type: 'number', scale: scale(1, 1e9), fill: 1, indicator: true },
    { name: '', ...category, encode: { name: 'one-hot' } },
    { name: 'values', ...category, encode: { name: 'ordinal', scale: scale(2, 1.5) } },
    { name: 'label', ...category, encode: { name: 'embed', size: 3 } },
    {
      name: 'when',
      type: 'date',
      parts: dateParts.map((part) => ({ part, scale: scale(part === 'year' ? 1990 : 3, 40) })),
      fill: Date.UTC(2001, 5, 5) + 0.5,
    },
  ];
}

t.test('every part of a date, from the years 101 to 9999', async (t) => {
  const parts = dateParts.map((part) => ({ part, scale: { log: false, center: 0, spread: 1 } }));
  const model = modelWith({
    layers: [{ name: 'dropout', rate: 0.5 }],
    preprocessing: {
      columns: [{ name: 'when', type: 'date', parts, fill: 0 }],
      target: plain(dateParts.length),
    },
    outputs: dateParts.length,
    precision: 'float64',
  });
  const first = Date.UTC(101, 0, 1);
  const last = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
  const rows: number[][] = [];
  for (let k = 0; k <= 3000; k++) rows.push([Math.round(first + ((last - first) * k) / 3000)]);
  for (const year of [101, 399, 400, 1600, 1899, 1900, 1970, 1999, 2000, 2004, 2023, 2024, 2100]) {
    for (const [month, day] of [
      [0, 1],
      [1, 28],
      [1, 29],
      [2, 1],
      [11, 31],
    ]) {
      rows.push([Date.UTC(year, month, day)], [Date.UTC(year, month, day) - 1]);
    }
  }
  const { values } = await runs(model, rows);
  const got = numbersIn(values);
  const expected = rows.flatMap((row) => [...inputsFor(model, row)]);
  t.equal(got.length, expected.length);
  t.equal(
    got.findIndex((value, k) => value !== expected[k]),
    -1,
    'to the last bit',
  );
});

t.test('a rule that is "error": NaN of a number or a date, zeros of a category; told', async (t) => {
  const columns: FittedColumn[] = [
    { name: 'n', type: 'number', scale: { log: false, center: 0, spread: 1 }, fill: null, indicator: false },
    {
      name: 'd',
      type: 'date',
      parts: [{ part: 'year', scale: { log: false, center: 0, spread: 1 } }],
      fill: null,
    },
    {
      name: 'c',
      type: 'category',
      categories: ['a', 'b'],
      rare: [],
      codes: 2,
      missing: null,
      unseen: null,
      encode: { name: 'one-hot' },
    },
  ];
  const model = modelWith({
    layers: [{ name: 'dropout', rate: 0.5 }],
    preprocessing: { columns, target: plain(4) },
    outputs: 4,
  });
  const { values } = await runs(model, [
    [1, 0, 'b'],
    [Number.NaN, Number.NaN, null],
    [2, 0, 'z'],
  ]);
  t.same(numbersIn(values), [1, 1970, 0, 1, Number.NaN, Number.NaN, 0, 0, 2, 1970, 0, 0]);
  t.match(onnx.encode(model, 'in-out').notes, [/becomes zeros .*\(c\)/, /NaN .*\(n, d\)/]);
});

t.test(
  'unseen: rare without a rule for what is missing: that is taken for a rare one, and told so',
  async (t) => {
    const column: FittedColumn = {
      name: 'c',
      type: 'category',
      categories: ['a', 'b'],
      rare: ['r'],
      codes: 3,
      missing: null,
      unseen: 2,
      encode: { name: 'one-hot' },
    };
    const model = modelWith({
      layers: [{ name: 'dropout', rate: 0.5 }],
      preprocessing: { columns: [column], target: plain(3) },
      outputs: 3,
    });
    const { values } = await runs(model, [['b'], ['r'], ['z'], [null]]);
    t.same(numbersIn(values), [0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
    t.match(onnx.encode(model, 'in-out').notes, [
      /^a graph refuses nothing: a category that is missing is taken for a rare one .*\(c\)$/,
    ]);
  },
);

const softmaxed = (target: FittedTarget, outputs: number, activation: string) =>
  modelWith({
    layers: [{ units: outputs, activation }],
    preprocessing: { matrix: raw(2), target },
    outputs,
  });
const points = [
  [3, -1],
  [-2, 2],
  [0.1, 5],
  [-4, -4],
  [Number.NaN, 1],
];

t.test('classes: labels as texts or whole numbers, the first of equals, probabilities', async (t) => {
  const classes = ['10', '20', '-30'];
  for (const numeric of [false, true]) {
    const model = softmaxed({ kind: 'class', column: 'y', classes, numeric }, 3, 'softmax');
    const { label, probabilities } = await runs(model, points);
    const expected = points.map((row) => outputsFor(model, inputsFor(model, row)));
    const off = farthest(
      numbersIn(probabilities),
      expected.flatMap((row) => [...row]),
    );
    t.ok(off <= 1e-5, `off by ${off}`);
    const names = expected.map((row) =>
      row.includes(Number.NaN) ? '' : classes[row.indexOf(Math.max(...row))],
    );
    t.ok(new Set(names).size >= 3, 'of each there is one');
    t.same(label.dims, [5]);
    t.same(
      [...(label.data as unknown as ArrayLike<unknown> as unknown[])],
      numeric ? names.map((name) => (name === '' ? NO_DATE : BigInt(name))) : names,
    );
  }
  const halves = softmaxed(
    { kind: 'class', column: 'y', classes: ['0.5', '1', '2'], numeric: true },
    3,
    'softmax',
  );
  t.equal((await runs(halves, points)).label.type, 'string', 'numbers that are not whole stay texts');
});

t.test('yes or no: of one column both shares, of several the labels of each', async (t) => {
  const yes = { name: 'a', classes: ['no', 'yes'], numeric: false } as const;
  const one = softmaxed({ kind: 'binary', columns: [yes] }, 1, 'sigmoid');
  const first = await runs(one, points);
  const p = points.map((row) => outputsFor(one, inputsFor(one, row))[0]);
  t.same(
    [...(first.label.data as unknown as string[])],
    p.map((share) => (Number.isNaN(share) ? '' : share > 0.5 ? 'yes' : 'no')),
  );
  t.same(new Set(first.label.data as unknown as string[]), new Set(['', 'yes', 'no']));
  t.ok(
    farthest(
      numbersIn(first.probabilities),
      p.flatMap((share) => [1 - share, share]),
    ) <= 1e-5,
  );
  const columns = [yes, { name: 'b', classes: ['0', '1'], numeric: true } as const, { ...yes, name: 'c' }];
  const several = softmaxed({ kind: 'binary', columns }, 3, 'sigmoid');
  const { label, probabilities } = await runs(several, points);
  t.same(label.dims, [5, 3]);
  const shares = points.flatMap((row) => [...outputsFor(several, inputsFor(several, row))]);
  t.ok(farthest(numbersIn(probabilities), shares) <= 1e-5);
  const named = shares.map((share, k) =>
    Number.isNaN(share) ? '' : columns[k % 3].classes[share > 0.5 ? 1 : 0],
  );
  t.same([...(label.data as unknown as string[])], named);
});
