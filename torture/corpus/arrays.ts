/** Arrays and pictures to fuzz with: sound ones, and what was thought out against their readers. Knows the formats alone. */
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import type { Random } from '../../src/random.js';
import { type Input, places } from '../fuzz.js';
import { type Grammar, garbage, mutated, pick, someLength } from '../mutate.js';

const none = new Uint8Array(0);
const refused = (input: Input): Input => ({ ...input, must: 'refused' });
const accepted = (input: Input): Input => ({ ...input, must: 'accepted' });
const counted = (length: number) => Uint8Array.from({ length }, (_, k) => k % 7);

/** An NPY file of version 1; its header's length is padded as NumPy has it. */
function npyFile(descr: string, shape: string, body: Uint8Array, fortran = 'False'): Buffer {
  const header = `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const start = Buffer.from('\x93NUMPY\x01\0\0\0', 'latin1');
  start.writeUInt16LE(length, 8);
  return Buffer.concat([start, Buffer.from(`${header.padEnd(length - 1)}\n`), body]);
}

const floats = npyFile("'<f4'", '(6, 2)', counted(48));
const npy = (bytes: Uint8Array): Input => ({ target: 'npy', bytes });
const rowsOf = (bytes: Uint8Array): Input => ({ target: 'npy rows', bytes });
const npz = (bytes: Uint8Array): Input => ({ target: 'npz', bytes });
const picture = (bytes: Uint8Array): Input => ({ target: 'picture', bytes });

const arrays: readonly Uint8Array[] = [
  floats,
  npyFile("'>f8'", '(3, 2)', counted(48)),
  npyFile(
    "'<i8'",
    '(6,)',
    counted(48).map((value, k) => (k % 8 === 0 ? value : 0)),
  ),
  npyFile("'|u1'", '(4, 3, 2)', counted(24)),
  npyFile("'|b1'", '(24,)', counted(24)),
  npyFile("'<f2'", '(12, 2)', counted(48)),
];
const turned = npyFile("'<f4'", '(6, 2)', counted(48), 'True');
const archives: readonly Uint8Array[] = [
  zipSync({ 'x.npy': [floats, { level: 0 }] }),
  zipSync({ 'x.npy': floats, 'y.npy': arrays[1] }),
];

/** Chunks with checksums that fit: damage then reaches what lies behind them. */
export function sealedPng(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes);
  for (let at = 8; at + 12 <= file.length; ) {
    const end = at + 8 + file.readUInt32BE(at);
    if (end + 4 > file.length) break;
    file.writeUInt32BE(crc32(file.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return file;
}

/** A PNG of these sizes, depth, colour type and interlacing, whatever its data hold. */
function png(
  width: number,
  height: number,
  data: Uint8Array,
  depth = 8,
  colour = 0,
  interlaced = 0,
): Uint8Array {
  const chunk = (type: string, body: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    return Buffer.concat([length, Buffer.from(type), body, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, interlaced], 8);
  return sealedPng(
    Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      chunk('IHDR', header),
      ...(colour === 3 ? [chunk('PLTE', counted(12))] : []),
      chunk('IDAT', deflateSync(data)),
      chunk('IEND', none),
    ]),
  );
}
const drawn = new PNG({ width: 9, height: 7 });
drawn.data.set(counted(4 * 9 * 7));
const drawing = PNG.sync.write(drawn);
const photo = jpeg.encode({ width: 17, height: 9, data: counted(4 * 17 * 9) }, 60).data;
/** With EXIF data that say it is to be turned. */
const turnedPhoto = Buffer.concat([
  photo.subarray(0, 2),
  Buffer.of(0xff, 0xe1, 0, 0x22),
  Buffer.from('Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0', 'latin1'),
  photo.subarray(2),
]);
/** The frame's sizes stand five bytes behind its marker. */
const lyingPhoto = (height: number, width: number) => {
  const file = Buffer.from(photo);
  const at = file.indexOf(Buffer.of(0xff, 0xc0));
  file.writeUInt16BE(height, at + 5);
  file.writeUInt16BE(width, at + 7);
  return file;
};

const pictures: readonly Uint8Array[] = [
  drawing,
  png(4, 4, counted(20)),
  png(4, 2, counted(8), 2, 3),
  png(3, 3, counted(80), 16, 6, 1),
  photo,
  turnedPhoto,
];

const sound: readonly Input[] = [
  ...arrays.flatMap((bytes) => [npy(bytes), rowsOf(bytes)]),
  npy(turned),
  npy(gzipSync(floats)),
  ...archives.map(npz),
  ...[drawing, photo, turnedPhoto].map(picture),
];

const declaring = (shape: string, descr = "'<f8'", body = none) => npyFile(descr, shape, body);
const most = 0xffff_ffff;
const members = (count: number) =>
  zipSync(Object.fromEntries(Array.from({ length: count }, (_, k) => [`${k}.npy`, none])), { level: 0 });
/** What an archive's directory says of its member: the field at this place of its record. */
function directory(field: number, value: number): Uint8Array {
  const file = Buffer.from(archives[1]);
  file.writeUInt32LE(value, file.indexOf(Buffer.from('PK\x01\x02')) + field);
  return file;
}

/** Tried as they are, each once. */
export const oddArrays: readonly Input[] = [
  ...sound.map(accepted),
  ...[
    '(1000000000,)',
    '(4294967296, 4294967296)',
    '(67108864, 2)',
    '(0, 3)',
    '(-1,)',
    '(9007199254740993,)',
    '(1e9,)',
  ].flatMap((shape) =>
    [npy(declaring(shape)), rowsOf(declaring(shape)), npy(gzipSync(declaring(shape)))].map(refused),
  ),
  refused(npy(declaring(`(${'1, '.repeat(65)})`, "'|u1'", counted(1)))),
  ...["'|O'", "'<U3'", "'<c8'", "[('x', '<f4')]", "'<f3'", '""', "'__proto__'", "'\u009b2J'"].map((descr) =>
    refused(npy(declaring('(1,)', descr, counted(8)))),
  ),
  refused(npy(declaring('(1,)', "'<i8'", Buffer.alloc(8, 0x7f)))),
  rowsOf(declaring('()', "'<f8'", counted(8))),
  npy(declaring('()', "'<f8'", counted(8))),
  refused(rowsOf(turned)),
  refused(rowsOf(gzipSync(floats))),
  ...[0, 5, 6, 7, 8, 9, 10, 40, floats.length - 1].map((length) => refused(npy(floats.subarray(0, length)))),
  refused(npy(Buffer.concat([floats, floats]))),
  refused(npy(Buffer.from('\x93NUMPY\x02\0\xff\xff\xff\xff', 'latin1'))),
  refused({ ...npy(declaring('(1000,)')), size: 2 ** 36 }),
  ...[20, 24, 42].flatMap((field) => [0, 1, 2 ** 31, most].map((value) => npz(directory(field, value)))),
  ...[10, 28, 30, 32].map((field) => npz(directory(field, most))),
  refused(npz(members(0))),
  refused(npz(members(2000))),
  refused(npz(zipSync({ 'x.npy': new Uint8Array(2 ** 22) }))),
  refused(npz(archives[0].subarray(0, -1))),
  ...[
    [most, most],
    [65_535, 65_535],
    [8192, 4096],
    [30_000, 1000],
    [0, 5],
    [5, 0],
    [2 ** 31, 1],
  ].map(([width, height]) => refused(picture(png(width, height, none)))),
  // The data are longer, or shorter, than the header says.
  picture(png(2, 2, new Uint8Array(2 ** 24))),
  refused(picture(png(300, 300, counted(20)))),
  refused(picture(png(300, 300, counted(20), 8, 6, 1))),
  ...pictures.map(picture),
  ...[
    [3, 0],
    [8, 5],
    [255, 6],
    [16, 3],
  ].map(([depth, colour]) => picture(png(3, 3, counted(99), depth, colour))),
  ...[
    [65_535, 65_535],
    [0, 17],
    [65_500, 4],
    [512, 512],
  ].map(([height, width]) => picture(lyingPhoto(height, width))),
  ...[0, 2, 3, 8, 20, 33, 40].flatMap((length) =>
    [drawing, photo].map((bytes) => refused(picture(bytes.subarray(0, length)))),
  ),
  refused({ ...picture(drawing), size: 2 ** 36 }),
  ...places
    .filter((place) => place !== 'file')
    .flatMap((place): Input[] =>
      ['npy', 'npy rows', 'picture'].map((target) => ({ target, bytes: none, place, must: 'refused' })),
    ),
];

const grammar: Grammar = {
  header: 32,
  tokens: [
    '\x93NUMPY',
    "'shape': (",
    '4294967296, ',
    "'fortran_order': True",
    "'descr': '<i8'",
    'PK\x01\x02',
    'PK\x03\x04',
    'PK\x05\x06',
    'PK\x06\x06',
    'PK\x06\x07',
    'IHDR',
    'PLTE',
    'tRNS',
    'IDAT',
    'IEND',
    ...[0xc0, 0xc2, 0xc4, 0xd8, 0xd9, 0xda, 0xdb, 0xdd, 0xe1].map((marker) => Uint8Array.of(0xff, marker)),
    Buffer.alloc(4),
    Buffer.alloc(4, 0xff),
  ],
  pairs: [
    ['(', ')'],
    ['{', '}'],
  ],
};

/** A sound file as it is, garbage, or a sound file with changes, which checksums of a PNG fit in half of the cases. */
export function changedArray(random: Random): Input {
  const all = random.below(3) === 0 ? pictures.map(picture) : sound;
  const { target, bytes } = pick(all, random);
  if (random.below(16) === 0) return { target, bytes };
  if (random.below(16) === 0) return { target, bytes: garbage(someLength(random), random) };
  const changed = mutated(bytes, pick(all, random).bytes, grammar, random);
  return { target, bytes: target === 'picture' && random.below(2) === 0 ? sealedPng(changed) : changed };
}
