/** Arrays of NumPy as data: labels, values, scales, splits, and what does not fit. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { npy } from '../../src/data/npy.js';
import { preprocessingOf } from '../../src/data/source.js';
import { npyDoubles, npyFile, npyIntegers, npz } from '../helpers/npy.js';
import { contentOf } from '../helpers/sources.js';

const folder = t.testdir();
function file(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const classes = { seed: 3, targets: 'classes' } as const;
const values = { seed: 3, targets: 'values' } as const;
const split = { name: 'random', validation: 0.25, test: 0.25 };

const x = file(
  'x.npy',
  npyDoubles([40, 2, 1], (k) => (k % 2 === 0 ? k : 7)),
);
const y = file(
  'y.npy',
  npyIntegers([40], (k) => [30, -5, 7][k % 3]),
);

t.test('labels are classes by size, and the split can have them in equal shares', async (t) => {
  const source = await npy.open(
    { features: x, target: y, split: { ...split, stratify: true } as never },
    classes,
  );
  t.strictSame([source.rows, source.features, source.outputs, source.featureType], [40, 2, 3, 'float64']);
  t.strictSame(source.targets, { kind: 'class', classes: 3, type: 'uint8' });
  const { targets, features } = await contentOf(source);
  t.strictSame(targets.slice(0, 4), [2, 0, 1, 2]);
  t.strictSame(features.slice(0, 6), [0, 7, 2, 7, 4, 7]);
  const { test, train } = source.split(3);
  const count = (rows: Uint32Array) =>
    [0, 1, 2].map((code) => rows.filter((row) => targets[row] === code).length);
  t.strictSame(count(test).sort(), [3, 3, 4]);
  t.strictSame(count(train).sort(), [6, 7, 7]);
  t.strictSame(preprocessingOf(source).target, {
    kind: 'class',
    column: 'class',
    classes: ['-5', '7', '30'],
    numeric: true,
  });
});

t.test('a scale is fitted to the training rows alone, column by column', async (t) => {
  const source = await npy.open({ features: x, target: y, scale: { name: 'standard' }, split }, values);
  await contentOf(source);
  const train = [...source.split(3).train].map((row) => 2 * row);
  const mean = train.reduce((sum, value) => sum + value, 0) / train.length;
  const deviation = Math.sqrt(train.reduce((sum, value) => sum + (value - mean) ** 2, 0) / train.length);
  const { scales, offsets } = preprocessingOf(source).matrix ?? { scales: [], offsets: [] };
  t.ok(Math.abs(scales[0] * deviation - 1) < 1e-12 && Math.abs(offsets[0] + mean / deviation) < 1e-12);
  t.strictSame([scales[1], offsets[1]], [1, -7], 'a column that does not vary is only shifted');
  t.equal((await npy.open({ features: x, target: y, scale: 255, split }, values)).scale?.kind, 'one');
  await t.rejects(npy.open({ features: x, target: y, scale: 'log-standard', split }, values), {
    message: /^data\.scale: "log-standard" takes logarithms/,
  });
});

t.test('values, several a row; classes by number or name; two classes; a test set of its own', async (t) => {
  const many = file(
    'many.npy',
    npyFile([40, 3], { descr: '<f4' }, 4, (view, at, k) => view.setFloat32(at, k / 2, true)),
  );
  const of = await npy.open({ features: x, target: many, split }, values);
  t.strictSame([of.outputs, of.targets], [3, { kind: 'values', outputs: 3, type: 'float32' }]);
  t.strictSame((await contentOf(of)).targets.slice(0, 4), [0, 0.5, 1, 1.5]);
  const digits = file(
    'd.npy',
    npyIntegers([40], (k) => k % 2),
  );
  const twelve = await npy.open({ features: x, target: { path: digits, classes: 12 }, split }, classes);
  t.equal(twelve.outputs, 12);
  const named = await npy.open(
    { features: x, target: { path: digits, classes: ['cat', 'dog'] }, split },
    classes,
  );
  t.match(preprocessingOf(named).target, { classes: ['cat', 'dog'], numeric: false });
  const two = await npy.open({ features: x, target: digits, split }, { seed: 3, targets: 'binary' });
  t.match(
    [two.outputs, preprocessingOf(two).target],
    [1, { kind: 'binary', columns: [{ classes: ['0', '1'] }] }],
  );
  const archive = file(
    'all.npz',
    npz({
      x: npyDoubles([6, 2], (k) => k),
      y: npyIntegers([6], (k) => k % 2),
      u: npyDoubles([2, 2], (k) => -k),
      v: npyIntegers([2], (k) => 1 - k),
    }),
  );
  const parts = {
    features: `${archive}#x`,
    target: `${archive}#y`,
    testFeatures: `${archive}#u`,
    testTarget: `${archive}#v`,
  };
  const official = await npy.open(parts, classes);
  t.strictSame(official.parts, { train: 5, validation: 1, test: 2 });
  t.strictSame((await contentOf(official)).targets, [0, 1, 0, 1, 0, 1, 1, 0]);
});

t.test('says what does not fit', async (t) => {
  const nan = file(
    'nan.npy',
    npyDoubles([40, 2], (k) => (k === 13 ? Number.NaN : k)),
  );
  await t.rejects(contentOf(await npy.open({ features: nan, target: y, split }, values)), {
    name: 'UserError',
    message: /nan\.npy: row 7, column 2: expected a finite number, got NaN/,
  });
  const short = file(
    'short.npy',
    npyIntegers([39], () => 1),
  );
  const ones = file(
    'ones.npy',
    npyIntegers([40], () => 1),
  );
  const halves = file(
    'halves.npy',
    npyDoubles([40], (k) => k / 2),
  );
  const cases: [given: object, message: RegExp, targets?: 'values'][] = [
    [{ target: short }, /short\.npy: expected 40 rows, as many as .*x\.npy has, got 39/],
    [{ target: ones }, /every label is 1; there is nothing to tell apart/],
    [{ target: halves }, /halves\.npy: row 2: expected a label, a whole number, got 0\.5; .*type: value/],
    [{ target: { path: y, classes: 3 } }, /y\.npy: row 1: expected a label from 0 to 2, got 30/],
    [{ target: x }, /expected a label a row, got 2 values/],
    [{ features: y }, /expected rows of values, 2 or more dimensions, got 40 single values; are features/],
    [{ testTarget: y }, /^data\.testFeatures: expected the array that belongs to testTarget/],
    [
      { split: { name: 'time', column: 'when' } },
      /"when" would be a column, and those of .*x\.npy have no names/,
    ],
    [{ split: { ...split, stratify: true } }, /stratify: needs classes, and the target is a value/, 'values'],
  ];
  for (const [given, message, targets = 'classes'] of cases) {
    await t.rejects(npy.open({ features: x, target: y, split, ...given }, { seed: 3, targets }), {
      name: 'UserError',
      message,
    });
  }
});
