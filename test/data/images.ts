/** Folders of pictures: classes, parts, sizes, colours, orientation, and what is refused. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import t from 'tap';
import { images } from '../../src/data/images.js';
import { preprocessingOf } from '../../src/data/source.js';
import { contentOf } from '../helpers/sources.js';

type Color = readonly [number, number, number, number?];

function png(width: number, height: number, color: (x: number, y: number) => Color): Buffer {
  const picture = new PNG({ width, height });
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [r, g, b, a = 255] = color(x, y);
      picture.data.set([r, g, b, a], 4 * (y * width + x));
    }
  return PNG.sync.write(picture);
}
const gray =
  (value: (x: number, y: number) => number) =>
  (x: number, y: number): Color => [value(x, y), value(x, y), value(x, y)];
const plain = (value: number, width = 2, height = 2) =>
  png(
    width,
    height,
    gray(() => value),
  );

let folders = 0;
const root = t.testdir();
function folderOf(files: Readonly<Record<string, Uint8Array>>): string {
  const folder = join(root, `${folders++}`);
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}
const classes = { seed: 1, targets: 'classes' } as const;
const usual = { resize: 'area', color: 'gray' } as const;
const all = { name: 'random', validation: 0, test: 0 };

t.test('classes are folders by code point, files are in order, dot-names are skipped and said', async (t) => {
  const path = folderOf({
    'zebra/b.png': plain(3),
    'zebra/a.png': plain(2),
    'Äpfel/a.PNG': plain(4),
    'horse/1.png': plain(1),
    'horse/.DS_Store': Buffer.alloc(3),
    '.cache/x': Buffer.alloc(3),
  });
  const source = await images.open({ ...usual, path, split: all }, classes);
  t.strictSame([source.rows, source.features, source.outputs, source.featureType], [4, 4, 3, 'uint8']);
  const { features, targets } = await contentOf(source);
  t.strictSame(features, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]);
  t.strictSame(targets, [0, 1, 1, 2]);
  t.match(preprocessingOf(source), {
    matrix: { features: 4, scales: [1 / 255], offsets: [0], shape: [2, 2] },
    target: { classes: ['horse', 'zebra', 'Äpfel'], numeric: false },
  });
  t.match(source.notes, [/: 2 names that begin with a dot skipped$/]);
});

t.test('parts are folders; validation is one too, or is cut from train in equal shares', async (t) => {
  const files: Record<string, Uint8Array> = {};
  for (const [part, count] of [
    ['train', 10],
    ['test', 2],
  ] as const)
    for (const name of ['a', 'b'])
      for (let k = 0; k < count; k++) files[`${part}/${name}/${k}.png`] = plain(k);
  const path = folderOf(files);
  const split = { name: 'folders', validation: 0.2, stratify: true } as never;
  const source = await images.open({ ...usual, path, split }, classes);
  t.strictSame(source.parts, { train: 16, validation: 4, test: 4 });
  const { targets } = await contentOf(source);
  const drawn = source.split(1);
  t.strictSame([...drawn.test], [20, 21, 22, 23]);
  t.strictSame([...drawn.validation].map((row) => targets[row]).sort(), [0, 0, 1, 1]);
  t.strictSame(
    [...drawn.train, ...drawn.validation].sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, k) => k),
  );
  const own = folderOf({ ...files, 'val/a/0.png': plain(9), 'val/b/0.png': plain(9) });
  t.strictSame((await images.open({ ...usual, path: own }, classes)).parts, {
    train: 20,
    validation: 2,
    test: 4,
  });
  const strange = folderOf({ ...files, 'test/c/0.png': plain(9) });
  await t.rejects(images.open({ ...usual, path: strange }, classes), {
    name: 'UserError',
    message: /expected one of the classes for training \(a, b\), got "c"/,
  });
});

t.test('other sizes: means over areas, cut, padded or stretched', async (t) => {
  // 4 × 2: columns 0, 100, 200, 40 of which each has two rows, 0 and 20 more.
  const wide = png(
    4,
    2,
    gray((x, y) => [0, 100, 200, 40][x] + 20 * y),
  );
  const of = async (fit: 'crop' | 'pad' | 'stretch', size: [number, number]) => {
    const path = folderOf({ 'a/1.png': wide, 'b/1.png': plain(7, size[1], size[0]) });
    const { features } = await contentOf(
      await images.open({ ...usual, path, split: all, size, fit }, classes),
    );
    return features.slice(0, size[0] * size[1]);
  };
  t.strictSame(await of('crop', [2, 2]), [100, 200, 120, 220], 'the middle');
  t.strictSame(await of('stretch', [1, 2]), [60, 130], 'means of two by two');
  t.strictSame(await of('pad', [4, 4]), [0, 0, 0, 0, 0, 100, 200, 40, 20, 120, 220, 60, 0, 0, 0, 0]);
  t.strictSame(await of('crop', [1, 1]), [160]);
  t.strictSame(
    await of('stretch', [2, 3]).then((row) => row.slice(0, 3)),
    [25, 150, 80],
    'parts of pixels count as such',
  );
  t.strictSame(
    await of('stretch', [4, 4]).then((row) => row.slice(4, 12)),
    [0, 100, 200, 40, 20, 120, 220, 60],
  );
});

t.test('colours: three values a pixel, or one as Pillow has it', async (t) => {
  const path = folderOf({
    'a/1.png': png(2, 1, (x) => (x === 0 ? [255, 0, 10] : [9, 200, 77])),
    'b/1.png': plain(5, 2, 1),
  });
  const rgb = await images.open({ ...usual, color: 'rgb', path, split: all }, classes);
  t.strictSame((await contentOf(rgb)).features.slice(0, 6), [255, 0, 10, 9, 200, 77]);
  t.strictSame(preprocessingOf(rgb).matrix?.shape, [1, 2, 3]);
  // PIL.Image.convert('L')
  const one = await images.open({ ...usual, path, split: all }, classes);
  t.strictSame((await contentOf(one)).features, [77, 129, 5, 5]);
});

/** EXIF data that say nothing but which way up the picture is. */
function exif(orientation: number): Buffer {
  const tiff = Buffer.alloc(26);
  tiff.write('MM\0*', 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(0x0112, 10);
  tiff.writeUInt16BE(3, 12);
  tiff.writeUInt32BE(1, 14);
  tiff.writeUInt16BE(orientation, 18);
  const segment = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const head = Buffer.of(0xff, 0xe1, 0, segment.length + 2);
  return Buffer.concat([head, segment]);
}

t.test('JPEG is turned as its EXIF data say', async (t) => {
  // 16 × 8, bright on the left of the upper half alone.
  const stored = new PNG({ width: 16, height: 8 });
  for (let k = 0; k < 128; k++)
    stored.data.set(k % 16 < 8 && k < 64 ? [240, 240, 240, 255] : [10, 10, 10, 255], 4 * k);
  const { data } = jpeg.encode({ data: stored.data, width: 16, height: 8 }, 95);
  /** Where the bright quarter is to be seen: whether on the left, whether above (EXIF 2.32, table 4). */
  const seen: [orientation: number, left: boolean, above: boolean][] = [
    [1, true, true],
    [2, false, true],
    [3, false, false],
    [4, true, false],
    [5, true, true],
    [6, false, true],
    [7, false, false],
    [8, true, false],
  ];
  for (const [orientation, left, above] of seen) {
    const turned = Buffer.concat([data.subarray(0, 2), exif(orientation), data.subarray(2)]);
    const swaps = orientation > 4;
    const path = folderOf({ 'a/1.jpg': turned, 'b/1.png': plain(5, swaps ? 8 : 16, swaps ? 16 : 8) });
    const source = await images.open({ ...usual, path, split: all }, classes);
    const [height, width] = preprocessingOf(source).matrix?.shape ?? [];
    t.strictSame([height, width], swaps ? [16, 8] : [8, 16], `orientation ${orientation}`);
    const { features } = await contentOf(source);
    const at = (y: number, x: number) =>
      features[Math.floor(y * height) * width + Math.floor(x * width)] > 128;
    t.strictSame(
      [at(0.2, 0.2), at(0.2, 0.8), at(0.8, 0.2), at(0.8, 0.8)],
      [left && above, !left && above, left && !above, !left && !above],
      `orientation ${orientation}`,
    );
  }
});

t.test('says what is wrong, and with which file', async (t) => {
  const b = { 'b/1.png': plain(5) };
  const huge = Buffer.from(plain(1));
  huge.writeUInt32BE(1 << 20, 16);
  const vast = Buffer.concat([huge, Buffer.alloc(60_000)]);
  const cases: [what: string, files: Record<string, Uint8Array>, message: RegExp, more?: object][] = [
    ['one class', { 'a/1.png': plain(1) }, /expected folders of 2 to 65535 classes, got 1, "a"/],
    ['no folder', { 'a.png': plain(1) }, /a\.png: expected a folder of pictures for each class, got a file/],
    ['another file', { ...b, 'a/1.txt': plain(1) }, /1\.txt: expected pictures, \.png, \.jpg or \.jpeg/],
    ['an empty class', { ...b, 'a/.x': plain(1) }, /a: is empty; expected pictures of the class "a"/],
    ['an empty file', { ...b, 'a/1.png': Buffer.alloc(0) }, /1\.png: is empty; expected a picture/],
    [
      'no picture',
      { ...b, 'a/1.png': Buffer.from('GIF89a') },
      /expected a PNG or JPEG file, got something else/,
    ],
    [
      'another size',
      { ...b, 'a/1.png': plain(1, 3, 2) },
      /b\/1\.png: expected 2 × 3 pixels .* got 2 × 2; set data\.size/,
    ],
    [
      'another shape',
      { ...b, 'a/1.png': plain(1, 3, 2) },
      /1\.png: has another shape, 2 × 3 .* set data\.fit/,
      { size: [2, 2] },
    ],
    ['transparent', { ...b, 'a/1.png': png(2, 2, () => [1, 2, 3, 9]) }, /pixels that are not opaque/],
    [
      'cut off',
      { ...b, 'a/1.png': plain(1).subarray(0, 60) },
      /1\.png: truncated PNG: it ends within the picture, after 60 bytes/,
    ],
    ['a lie', { ...b, 'a/1.png': huge }, /truncated PNG: it declares 1048576 × 2 pixels/],
    [
      'too large',
      { ...b, 'a/1.png': Buffer.from(vast).fill(0xff, 20, 22) },
      /expected 1 to 33554432 pixels|truncated PNG/,
    ],
    [
      'a cut header',
      { ...b, 'a/1.png': plain(1).subarray(0, 20) },
      /damaged PNG: its header is not all there/,
    ],
    [
      'a cut JPEG',
      { ...b, 'a/1.jpg': Buffer.of(0xff, 0xd8, 0xff, 0xe0, 0, 9) },
      /damaged JPEG: it says nowhere which size/,
    ],
    [
      'no parts',
      { ...b, 'a/1.png': plain(1) },
      /"folders" needs parts of their own/,
      { split: { name: 'folders' } },
    ],
  ];
  for (const [what, files, message, more] of cases) {
    const path = folderOf(files);
    const reading = images.open({ ...usual, path, split: all, ...more }, classes).then(contentOf);
    await t.rejects(reading, { name: 'UserError', message }, what);
  }
  await t.rejects(images.open({ ...usual, path: join(root, 'none') }, classes), { message: /none: / });
});
