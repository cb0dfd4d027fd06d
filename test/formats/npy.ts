/** NPY and NPZ: types, orders, versions; what is refused, and before anything is allocated for it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { openNpy } from '../../src/formats/npy.js';
import { npyDoubles, npyFile, npyHeader, npyIntegers, npz } from '../helpers/npy.js';

const folder = t.testdir();
function file(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const views = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };
async function contentOf(path: string) {
  const array = await openNpy(path);
  const values = new views[array.as](array.length);
  await array.readInto(values);
  return { as: array.as, shape: array.shape, values: [...values] };
}

/** Each type: bytes, what holds it, how a DataView writes it. */
const types = {
  u1: [1, 'uint8', (v: DataView, at: number, x: number) => v.setUint8(at, x)],
  i1: [1, 'int32', (v: DataView, at: number, x: number) => v.setInt8(at, x)],
  u2: [2, 'int32', (v: DataView, at: number, x: number, l: boolean) => v.setUint16(at, x, l)],
  i2: [2, 'int32', (v: DataView, at: number, x: number, l: boolean) => v.setInt16(at, x, l)],
  u4: [4, 'float64', (v: DataView, at: number, x: number, l: boolean) => v.setUint32(at, x, l)],
  i4: [4, 'int32', (v: DataView, at: number, x: number, l: boolean) => v.setInt32(at, x, l)],
  u8: [8, 'float64', (v: DataView, at: number, x: number, l: boolean) => v.setBigUint64(at, BigInt(x), l)],
  i8: [8, 'float64', (v: DataView, at: number, x: number, l: boolean) => v.setBigInt64(at, BigInt(x), l)],
  f4: [4, 'float32', (v: DataView, at: number, x: number, l: boolean) => v.setFloat32(at, x / 8, l)],
  f8: [8, 'float64', (v: DataView, at: number, x: number, l: boolean) => v.setFloat64(at, x / 10, l)],
} as const;

t.test('every type, byte order, memory order and version, plain, gzipped and in archives', async (t) => {
  const shape = [5, 3, 4];
  const numbers = Array.from({ length: 60 }, (_, k) => ((k * 37) % 120) - 60);
  /** The place in C order of the k-th value in Fortran order. */
  const cOrder = (k: number) => (k % 5) * 12 + (Math.floor(k / 5) % 3) * 4 + Math.floor(k / 15);
  for (const [name, [bytes, as, write]] of Object.entries(types)) {
    const own = numbers.map((x) => (name.startsWith('u') ? Math.abs(x) : x));
    const expected = own.map((x) => (name === 'f4' ? x / 8 : name === 'f8' ? x / 10 : x));
    for (const order of ['<', '>'] as const) {
      for (const fortran of [false, true]) {
        for (const version of [1, 2, 3] as const) {
          const form = { descr: `${bytes === 1 ? '|' : order}${name}`, fortran, version };
          const content = npyFile(shape, form, bytes, (view, at, k) =>
            write(view, at, own[fortran ? cOrder(k) : k], order === '<'),
          );
          const what = JSON.stringify(form);
          t.strictSame(await contentOf(file('a.npy', content)), { as, shape, values: expected }, what);
          if (version > 1) continue;
          const [packed, stored, deflated] = [
            file('a.npy.gz', gzipSync(content)),
            file('s.npz', npz({ other: npyDoubles([1], () => 1), x: content })),
            file('d.npz', npz({ x: content }, 6)),
          ];
          for (const path of [packed, `${stored}#x`, `${deflated}#x`, deflated]) {
            t.strictSame((await contentOf(path)).values, expected, `${what} ${path}`);
          }
        }
      }
    }
  }
});

t.test('truth values, halves, the ends of integers, more than a chunk', async (t) => {
  const truth = npyFile([4], { descr: '|b1' }, 1, (view, at, k) => view.setUint8(at, k % 2));
  t.strictSame(await contentOf(file('b.npy', truth)), { as: 'uint8', shape: [4], values: [0, 1, 0, 1] });
  // numpy.array([1.5, -2, 65504, 6e-8, 0.1, inf, -0.0], 'f2').view('u2')
  const words = [0x3e00, 0xc000, 0x7bff, 0x0001, 0x2e66, 0x7c00, 0x8000];
  const halves = npyFile([7], { descr: '<f2' }, 2, (view, at, k) => view.setUint16(at, words[k], true));
  t.strictSame((await contentOf(file('h.npy', halves))).values, [
    1.5,
    -2,
    65504,
    2 ** -24,
    0.0999755859375,
    Number.POSITIVE_INFINITY,
    -0,
  ]);
  const ends = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -1, 2 ** 32];
  t.strictSame(
    (
      await contentOf(
        file(
          'i.npy',
          npyIntegers([4], (k) => ends[k]),
        ),
      )
    ).values,
    ends,
  );
  const rows = 70_001;
  const long = npyFile([rows, 3], { descr: '>i4', fortran: true }, 4, (view, at, k) => view.setInt32(at, k));
  const { values } = await contentOf(file('long.npy', long));
  t.equal(
    values.findIndex((got, at) => got !== (at % 3) * rows + Math.floor(at / 3)),
    -1,
  );
});

t.test('says what is wrong, and where', async (t) => {
  const sound = npyDoubles([4, 2], (k) => k);
  const zipped = npz({ x: sound }, 6);
  const stored = npz({ x: sound });
  const flipped = (bytes: Buffer, at: number) => {
    const copy = Buffer.from(bytes);
    copy[at] ^= 1;
    return copy;
  };
  const header = (descr: string) => Buffer.concat([npyHeader([1], { descr }), Buffer.alloc(8)]);
  const cases: [name: string, content: Uint8Array, message: RegExp, key?: string][] = [
    ['empty.npy', Buffer.alloc(0), /is empty; expected an NPY array/],
    ['text.npy', Buffer.from('<!DOCTYPE html>'), /begins with \\x93NUMPY, got something else/],
    ['version.npy', flipped(flipped(sound, 6), 6).fill(4, 6, 7), /version 1, 2 or 3, got 4\.0/],
    ['cut-header.npy', sound.subarray(0, 50), /truncated: its header is not all there/],
    [
      'short.npy',
      sound.subarray(0, -1),
      /declares 4 × 2 values of f8, 192 bytes .* there are 191: truncated/,
    ],
    ['long.npy', Buffer.concat([sound, Buffer.of(0)]), /there are 193: trailing bytes/],
    ['huge.npy', npyHeader([2 ** 40, 4], { descr: '<f8' }), /declares 1099511627776 × 4 values .* truncated/],
    ['vast.npy', npyHeader([2 ** 40, 2 ** 40], { descr: '<f8' }), /expected at most 9007199254740991 bytes/],
    ['bomb.npy.gz', gzipSync(npyHeader([2 ** 30], { descr: '<f8' })), /more than \d+ packed bytes can hold/],
    [
      'none.npy',
      npyHeader([0, 4], { descr: '<f8' }),
      /expected sizes of at least 1, its header declares 0 × 4/,
    ],
    [
      'objects.npy',
      header('|O'),
      /expected numbers .*, got "\|O": Python objects, which are never unpickled/,
    ],
    ['texts.npy', header('<U7'), /got "<U7": texts/],
    ['complex.npy', header('<c16'), /complex numbers/],
    ['cut.npy.gz', gzipSync(sound).subarray(0, -9), /damaged gzip data/],
    [
      'wide.npy',
      npyIntegers([2, 2], (k) => (k === 3 ? 2n ** 53n : 1)),
      /row 2, column 2: .* got 9007199254740992/,
    ],
    ['damaged.npz', flipped(stored, 200), /fails its checksum/, 'x'],
    ['cut.npz', zipped.subarray(0, -30), /found no directory at its end: truncated/, 'x'],
    ['missing.npz', zipped, /has no array "y"; it has x/, 'y'],
    [
      'hostile.npz',
      npz({ 'x\0\x1b[31m': header('|O') }),
      /hostile\.npz#x\\u0000\\u001b\[31m: expected numbers/,
    ],
    [
      'which.npz',
      npz({ a: sound, b: sound }),
      /expected the name of one of its arrays, as in .*#a; it has a, b/,
    ],
  ];
  for (const [name, content, message, key] of cases) {
    const path = file(name, content);
    await t.rejects(
      contentOf(key === undefined ? path : `${path}#${key}`),
      { name: 'UserError', message },
      name,
    );
  }
  const structured = npyHeader([1], { descr: 'X' }).toString('latin1').replace("'X'", "[('a', '<i4')]");
  await t.rejects(contentOf(file('s.npy', Buffer.from(structured, 'latin1'))), {
    message: /structured array/,
  });
  // A directory that says a member is 4 GiB of nothing.
  const lying = Buffer.from(stored);
  const directory = lying.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
  lying.writeUInt32LE(0xffff_fff0, directory + 24);
  await t.rejects(contentOf(`${file('lying.npz', lying)}#x`), {
    message: /declares 4294967280 bytes, packed in/,
  });
});
