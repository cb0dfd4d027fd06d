/** Own files in the IDX format: types, shapes, labels, sets; what is read and what is refused. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { train } from '../../src/api/train.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { idx } from '../../src/data/idx.js';
import { reciprocal } from '../../src/data/scale.js';
import type { DataSource } from '../../src/data/source.js';
import type { IdxType } from '../../src/formats/idx.js';
import type { StartEvent, TrainEvent } from '../../src/protocol.js';
import { folderOf, idxFile, idxHeader } from '../helpers/idx.js';

const root = t.testdir();
const views = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** All that a source reads. */
async function contentOf(source: DataSource) {
  const { rows, features, targets } = source;
  const window = {
    features: new views[source.featureType](rows * features),
    targets: new views[targets.type](rows * (targets.kind === 'class' ? 1 : targets.outputs)),
  };
  await source.read(window);
  return { features: [...window.features], targets: [...window.targets] };
}

/** Two files, and two more for the test set, by the options that name them. */
function filesOf(content: Record<string, Uint8Array>): Record<string, string> {
  const folder = folderOf(root, content);
  return Object.fromEntries(Object.keys(content).map((name) => [name, join(folder, name)]));
}

t.test("like EMNIST's letters: labels from 1 to 26 become the classes 0 to 25", async (t) => {
  const letters = {
    features: gzipSync(idxFile([52, 28, 28], (i) => i % 256)),
    targets: gzipSync(idxFile([52], (i) => 1 + (i % 26))),
    testFeatures: gzipSync(idxFile([5, 28, 28], (i) => i % 256)),
    testTargets: gzipSync(idxFile([5], (i) => 26 - i)),
  };
  const source = await idx.open(filesOf(letters));
  t.strictSame([source.rows, source.features, source.outputs, source.featureType], [57, 784, 26, 'uint8']);
  t.strictSame(source.targets, { kind: 'class', classes: 26, type: 'uint8' });
  t.strictSame(source.scale, { kind: 'one', ...reciprocal(255), offset: 0 }, 'pixels stand for value/255');
  t.strictSame(source.parts, { train: 44, validation: 8, test: 5 }, 'official, as there is a test set');
  const { features, targets } = await contentOf(source);
  t.strictSame(targets, [...Array.from({ length: 52 }, (_, i) => i % 26), 25, 24, 23, 22, 21]);
  t.strictSame(features.slice(0, 3), [0, 1, 2]);
  t.strictSame(features.slice(52 * 784, 52 * 784 + 3), [0, 1, 2], 'the test set lies after the other');
});

t.test(
  "like EMNIST's digits: labels from 0 to 9 are the classes, though the test set begins at 1",
  async (t) => {
    const digits = {
      'train-images-idx3-ubyte.gz': gzipSync(idxFile([40, 28, 28], () => 7)),
      'train-labels-idx1-ubyte.gz': gzipSync(idxFile([40], (i) => i % 10)),
      't10k-images-idx3-ubyte': idxFile([9, 28, 28], () => 9),
      't10k-labels-idx1-ubyte': idxFile([9], (i) => 1 + i),
    };
    const source = await idx.open({ path: folderOf(root, digits) });
    t.strictSame(
      [source.rows, source.outputs, source.parts],
      [49, 10, { train: 34, validation: 6, test: 9 }],
    );
    const { targets } = await contentOf(source);
    t.strictSame(targets.slice(38), [8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  },
);

t.test('rows of any shape and type, with one set alone', async (t) => {
  const shapes: [shape: number[], type: IdxType, as: string][] = [
    [[30, 4, 7], 'uint8', 'uint8'],
    [[30, 5], 'int8', 'int32'],
    [[30, 2, 3, 4], 'int16', 'int32'],
    [[30, 1], 'int32', 'int32'],
    [[30, 3, 2], 'float32', 'float32'],
    [[30, 2, 1, 2, 1], 'float64', 'float64'],
  ];
  for (const [shape, type, as] of shapes) {
    const value = (i: number) =>
      type.startsWith('float') ? i / 8 : type === 'uint8' ? i % 256 : (i % 100) - 50;
    const path = folderOf(root, {
      'train-images-idx3-ubyte': idxFile(shape, value, type),
      'train-labels-idx1-ubyte': idxFile([30], (i) => i % 3),
    });
    const source = await idx.open({ path });
    const width = shape.slice(1).reduce((product, size) => product * size, 1);
    t.strictSame([source.rows, source.features, source.outputs, source.featureType], [30, width, 3, as]);
    t.strictSame(source.scale?.kind, type === 'uint8' ? 'one' : undefined, 'only bytes are scaled unasked');
    t.strictSame(source.parts, { train: 24, validation: 3, test: 3 }, 'random, as there is no test set');
    const { features } = await contentOf(source);
    t.strictSame(
      features,
      Array.from({ length: 30 * width }, (_, i) => value(i)),
    );
    t.strictSame((await idx.open({ path, scale: 1 })).scale, undefined, 'a scale of 1 is none');
    t.strictSame((await idx.open({ path, scale: 100 })).scale, {
      kind: 'one',
      ...reciprocal(100),
      offset: 0,
    });
  }
});

t.test('more than 256 classes, of wider labels', async (t) => {
  for (const [type, first] of [
    ['int16', 0],
    ['int32', 1],
  ] as const) {
    const rows = 300;
    const files = filesOf({
      features: idxFile([rows, 2], (i) => i / 2, 'float32'),
      targets: idxFile([rows], (i) => ((i * 7) % rows) + first, type),
    });
    const source = await idx.open(files);
    t.strictSame(source.targets, { kind: 'class', classes: 300, type: 'uint16' });
    const { targets } = await contentOf(source);
    t.strictSame(
      targets,
      Array.from({ length: rows }, (_, i) => (i * 7) % rows),
    );
  }
  const edges = async (largest: number) =>
    (
      await idx.open(
        filesOf({ features: idxFile([2, 1], () => 1), targets: idxFile([2], (i) => i * largest, 'int32') }),
      )
    ).targets;
  t.strictSame(await edges(255), { kind: 'class', classes: 256, type: 'uint8' });
  t.strictSame(await edges(256), { kind: 'class', classes: 257, type: 'uint16' });
  t.strictSame(await edges(65_534), { kind: 'class', classes: 65_535, type: 'uint16' });
  t.strictSame(await edges(1), { kind: 'class', classes: 2, type: 'uint8' });
});

t.test('targets of fractions are values', async (t) => {
  for (const type of ['float32', 'float64'] as const) {
    for (const [shape, outputs] of [
      [[6], 1],
      [[6, 2, 2], 4],
    ] as const) {
      const files = filesOf({
        features: idxFile([6, 3], (i) => i, 'float64'),
        targets: idxFile(shape, (i) => i / 4, type),
      });
      const source = await idx.open({ ...files, split: { name: 'random' } });
      t.strictSame([source.outputs, source.targets], [outputs, { kind: 'values', outputs, type }]);
      const { targets } = await contentOf(source);
      t.strictSame(
        targets,
        Array.from({ length: 6 * outputs }, (_, i) => i / 4),
      );
    }
  }
});

t.test('says what does not fit', async (t) => {
  const features = idxFile([6, 2, 3], (i) => i);
  const targets = idxFile([6], (i) => i % 2);
  const test = { testFeatures: features, testTargets: targets };
  const cases: [what: string, files: Record<string, Uint8Array>, message: RegExp, more?: object][] = [
    ['nothing', {}, /^data: expected path, a folder .* or features and targets, two files, got neither$/],
    [
      'a path too',
      { features, targets },
      /^data: expected either path, or features and targets, got both;/,
      { path: '.' },
    ],
    ['features alone', { features }, /^data\.targets: expected the file that belongs to features, got none$/],
    ['targets alone', { targets }, /^data\.features: expected the file that belongs to targets, got none$/],
    [
      'half a test set',
      { features, targets, testFeatures: features },
      /^data\.testTargets: expected the file that belongs to testFeatures, got none$/,
    ],
    [
      'no test set',
      { features, targets },
      /^data\.split: "official" needs a test set, and .*features has none;/,
      { split: { name: 'official' } },
    ],
    [
      'interchanged',
      { features: targets, targets: features },
      /features: expected rows of values, .* got 6 single values; are/,
    ],
    [
      'images for labels',
      { features, targets: features },
      /targets: expected a label for each row, .* got 6 × 2 × 3 values of uint8;/,
    ],
    [
      'fewer labels',
      { features, targets: idxFile([5], () => 1) },
      /targets: expected 6 targets, one for each row in .*features, got 5;/,
    ],
    [
      'another shape',
      { features, targets, ...test, testFeatures: idxFile([6, 3, 2], () => 1) },
      /testFeatures: expected rows of 2 × 3 values as in .*features, got 3 × 2;/,
    ],
    [
      'another type',
      { features, targets, ...test, testFeatures: idxFile([6, 2, 3], () => 1, 'float32') },
      /testFeatures: expected values of uint8 as in .*features, got float32;/,
    ],
    [
      'labels, then fractions',
      { features, targets, ...test, testTargets: idxFile([6], () => 1, 'float32') },
      /testTargets: expected values of uint8 as in .*targets, got float32;/,
    ],
    [
      'labels from 2',
      { features, targets: idxFile([6], (i) => 2 + i) },
      /targets: expected labels that start at 0 or at 1, the smallest is 2;/,
    ],
    ['labels below 0', { features, targets: idxFile([6], (i) => i - 1, 'int8') }, /the smallest is -1;/],
    [
      'one class',
      { features, targets: idxFile([6], () => 1) },
      /targets: expected 2 to 65535 classes, every label is 1$/,
    ],
    [
      'too many classes',
      { features, targets: idxFile([6], (i) => i * 13_107, 'int32') },
      /expected 2 to 65535 classes, labels reach 65535$/,
    ],
    [
      'text',
      { features: Buffer.from('1,2,3\n4,5,6\n'), targets },
      /features: expected an IDX file, .*got 0x312c322c; is it/,
    ],
  ];
  for (const [what, files, message, more] of cases) {
    await t.rejects(idx.open({ ...filesOf(files), ...more }), { name: 'UserError', message }, what);
  }
});

t.test('no folder, and no word of other data sets', async (t) => {
  const path = join(t.testdir(), 'none');
  await t.rejects(idx.open({ path, balance: false } as never), {
    message: `${path}: no such folder; it is to hold train-images-idx3-ubyte and the others of the set (data.path, or --set data.path=DIR)`,
  });
});

t.test('what is too much for memory is refused by the headers, with the size of the values', async (t) => {
  const declares = (shape: number[], type: IdxType, padding: number) =>
    Buffer.concat([gzipSync(idxHeader(shape, type)), Buffer.alloc(padding)]);
  const rows = 10_000_000;
  // As bytes they would fit; labels that are not there are not looked for.
  const files = filesOf({
    features: declares([rows, 60], 'float64', 5e6),
    targets: declares([rows], 'uint8', 1e4),
  });
  const before = process.memoryUsage();
  await t.rejects(idx.open(files), {
    name: 'UserError',
    message: /got 10000000 rows of 60 × 8 bytes, 1 for the target and 4 for the order = 4850000000$/,
  });
  const values = filesOf({
    features: declares([rows, 60], 'uint8', 1e6),
    targets: declares([rows, 50], 'float64', 4e6),
  });
  await t.rejects(idx.open(values), {
    message: /rows of 60 × 1 bytes, 400 for the target and .* = 4640000000$/,
  });
  t.ok(process.memoryUsage().arrayBuffers - before.arrayBuffers < 20e6);
});

t.test('labels that change after they were counted are refused', async (t) => {
  const { writeFileSync } = await import('node:fs');
  const files = filesOf({ features: idxFile([6, 2], (i) => i), targets: idxFile([6], (i) => i % 2) });
  const source = await idx.open(files);
  writeFileSync(
    files.targets,
    idxFile([6], (i) => (i === 4 ? 2 : 0)),
  );
  await t.rejects(contentOf(source), {
    name: 'UserError',
    message: /targets: expected labels from 0 to 1, got 2 in row 4$/,
  });
});

t.test('official: nothing is learned from the test set, which random pools', async (t) => {
  // 40 black images of class 0 to train with, 20 white ones of class 1 to test with.
  const path = folderOf(root, {
    'train-images-idx3-ubyte': idxFile([40, 4, 4], () => 0),
    'train-labels-idx1-ubyte': idxFile([40], () => 0),
    't10k-images-idx3-ubyte': idxFile([20, 4, 4], () => 255),
    't10k-labels-idx1-ubyte': idxFile([20], () => 1),
  });
  const trained = async (split: object) => {
    const starts: TrainEvent[] = [];
    const { summary } = await train(
      {
        name: 'official',
        seed: 1,
        engine: 'wasm',
        data: { name: 'idx', path, split } as ConfigInput['data'],
        model: {
          layers: [
            { units: 8, activation: 'relu' },
            { units: 2, activation: 'softmax' },
          ],
        },
        loss: 'cross-entropy',
        optimizer: { name: 'sgd', learningRate: 0.1 },
        train: { batchSize: 4, epochs: 20 },
      },
      { threads: 1, onEvent: (event) => void (event.event === 'start' && starts.push(event)) },
    );
    const [{ trainRows, validationRows, testRows, unusedRows }] = starts as StartEvent[];
    return [summary.testMetrics.accuracy, trainRows, validationRows, testRows, unusedRows];
  };
  t.strictSame(await trained({ name: 'official', train: 38, validation: 0 }), [0, 38, 0, 20, 2]);
  t.strictSame(await trained({ name: 'random', train: 40, validation: 0, test: 20 }), [1, 40, 0, 20, 0]);
});
