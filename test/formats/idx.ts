/** IDX files, plain and gzipped: what is read, what is refused, and that hostile files cost nothing. */
import '../helpers/bare.js';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { isUserError } from '../../src/errors.js';
import { idxTypes, openIdx } from '../../src/formats/idx.js';
import { keyed, type Random } from '../../src/random.js';
import { idxFile, idxHeader } from '../helpers/idx.js';

const folder = t.testdir();

/** Writes `content` to a file and returns its path. */
function file(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** An IDX file; `body` defaults to 0, 1, 2, … as many as the shape says. */
function idx(shape: number[], body?: Uint8Array, type = 8): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(type * 256 + shape.length);
  shape.forEach((size, i) => {
    header.writeUInt32BE(size, 4 + 4 * i);
  });
  const length = shape.reduce((product, size) => product * size, 1);
  return Buffer.concat([header, body ?? Uint8Array.from({ length }, (_, i) => i)]);
}

const small = idx([4, 3, 2]);
const zipped = gzipSync(small);

t.test('reads plain and gzipped files into any memory', async (t) => {
  const body = Uint8Array.from({ length: 700 * 30 * 20 }, (_, i) => (i * i) >> 3);
  const whole = idx([700, 30, 20], body);
  const halves = Buffer.concat([gzipSync(whole.subarray(0, 9)), gzipSync(whole.subarray(9))]);
  const contents = { plain: whole, 'gzipped.bin': gzipSync(whole), 'two-members.gz': halves };
  for (const [name, content] of Object.entries(contents)) {
    const opened = await openIdx(file(name, content), 3);
    t.strictSame(opened.shape, [700, 30, 20]);
    t.equal(opened.length, body.length);
    const memory = new WebAssembly.Memory({ initial: 7, maximum: 7, shared: true });
    const view = new Uint8Array(memory.buffer, 3, body.length);
    await opened.readInto(view);
    t.ok(Buffer.from(body).equals(view), `${name}: the bytes arrived in shared memory`);
    const around = new Uint8Array(memory.buffer);
    t.ok(around[2] === 0 && around[3 + body.length] === 0, `${name}: nothing beside them was touched`);
    await t.rejects(opened.readInto(new Uint8Array(1)), { name: 'RangeError' });
  }
});

t.test('each element type, big-endian, into the type that holds it', async (t) => {
  const ends = {
    uint8: [0, 255],
    int8: [-128, 127],
    int16: [-32_768, 32_767],
    int32: [-(2 ** 31), 2 ** 31 - 1],
    float32: [Math.fround(0.1), Number.POSITIVE_INFINITY],
    float64: [0.1, Number.MIN_VALUE],
  };
  const views = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };
  // More than the 256 KiB that are read at a time, with a last portion of its own size.
  const rows = 70_001;
  for (const type of idxTypes) {
    const value = (i: number) => (i < 2 ? ends[type][i] : (i * 31) % 127);
    const content = idxFile([rows, 3], value, type);
    const as = type === 'int8' || type === 'int16' ? 'int32' : type;
    for (const [name, bytes] of Object.entries({
      plain: content,
      'packed.gz': gzipSync(content, { level: 1 }),
    })) {
      const opened = await openIdx(file(name, bytes), undefined, idxTypes);
      t.strictSame([opened.type, opened.as, opened.shape, opened.length], [type, as, [rows, 3], 3 * rows]);
      const memory = new WebAssembly.Memory({ initial: 30, maximum: 30, shared: true });
      const target = new views[as](memory.buffer as ArrayBuffer, 8, 3 * rows);
      await opened.readInto(target);
      t.equal(
        target.findIndex((got, i) => got !== value(i)),
        -1,
        `${name} ${type}`,
      );
      let next = 0;
      let wrong = 0;
      await opened.eachChunk((values, first) => {
        if (first !== next) wrong++;
        next += values.length;
        for (let i = 0; i < values.length; i++) if (values[i] !== value(first + i)) wrong++;
      });
      t.strictSame([next, wrong], [3 * rows, 0], `${name} ${type} in chunks`);
    }
  }
});

t.test('of any type: says what is wrong, and where', async (t) => {
  const cases: [name: string, content: Uint8Array, message: RegExp][] = [
    [
      'of-none',
      Buffer.from('<!DOCTYPE html>'),
      /expected an IDX file, which begins with one of 0x00000801 .*got 0x3c21/,
    ],
    ['no-dimension', Buffer.of(0, 0, 8, 0, 1, 1, 1, 1), /or the like with more dimensions, got 0x00000800;/],
    ['unsigned-words', idx([4], undefined, 10), /\(int16\).*got 0x00000a01/],
    [
      'short-header',
      idxHeader([7, 2], 'float32').subarray(0, 11),
      /IDX header of 12 bytes, got 11: truncated/,
    ],
    ['nothing', Buffer.alloc(3), /expected an IDX header of 8 bytes, got 3: truncated/],
    [
      'short-doubles',
      idxFile([3], () => 1, 'float64').subarray(0, 31),
      /declares 3 values of float64, 32 bytes with the header, the file has 31: truncated/,
    ],
    [
      'short-shorts.gz',
      gzipSync(idxFile([3, 2], () => 1, 'int16').subarray(0, 17)),
      /expected the 3 × 2 values of int16 that its header declares, got 2: truncated/,
    ],
    [
      'overflowing-doubles',
      Buffer.concat([idxHeader([2 ** 31, 2 ** 20], 'float64'), Buffer.alloc(8)]),
      /expected at most 9007199254740991 bytes, its header declares 2147483648 × 1048576/,
    ],
    [
      'long-floats.gz',
      gzipSync(Buffer.concat([idxFile([3], () => 1, 'float32'), Buffer.of(0)])),
      /expected the end of the file after the 3 values of float32/,
    ],
  ];
  for (const [name, content, message] of cases) {
    const reading = openIdx(file(name, content), undefined, idxTypes).then((opened) =>
      opened.eachChunk(() => {}),
    );
    await t.rejects(reading, { name: 'UserError', message }, name);
  }
  const floats = file(
    'floats',
    idxFile([3], () => 1, 'float32'),
  );
  await t.rejects(openIdx(floats, 1, ['int16', 'int32']), {
    message:
      /expected an IDX file, which begins with one of 0x00000b01 \(int16\), 0x00000c01 \(int32\), got 0x00000d01/,
  });
});

t.test('says what is wrong, and where', async (t) => {
  const cases: [name: string, content: Uint8Array, message: RegExp][] = [
    ['empty', Buffer.alloc(0), /expected an IDX header of 16 bytes, got 0: truncated/],
    ['half-header', small.subarray(0, 15), /expected an IDX header of 16 bytes, got 15: truncated/],
    [
      'labels',
      idx([24]),
      /expected the IDX magic number 0x00000803 \(images\), got 0x00000801 \(labels\); is it/,
    ],
    ['floats', idx([4, 3, 2], undefined, 13), /0x00000803 \(images\), got 0x00000d03;/],
    ['text', Buffer.from('<!DOCTYPE html>'), /got 0x3c21444f;/],
    ['short', small.subarray(0, 39), /4 × 3 × 2 bytes, 40 with the header, the file has 39: truncated/],
    ['long', Buffer.concat([small, small]), /40 with the header, the file has 80: trailing bytes/],
    ['zero', idx([4, 0, 2]), /expected sizes of at least 1, its header declares 4 × 0 × 2/],
    [
      'overflow',
      idx([2 ** 31, 2 ** 31, 4], Buffer.alloc(24)),
      /at most 9007199254740991 bytes.*2147483648 × 2147483648 × 4/,
    ],
    // 2^32 · 2^32 would be 0 in 64 bits.
    ['wrap', idx([65536, 65536, 65536], Buffer.alloc(0)), /65536 × 65536 × 65536 bytes, .*truncated/],
    ['4-gib.gz', gzipSync(idx([65536, 256, 256], Buffer.alloc(9))), /4294967312 .*gzipped bytes can hold/],
    ['cut.gz', zipped.subarray(0, -9), /damaged gzip data \(unexpected end of file\)/],
    ['no-trailer.gz', zipped.subarray(0, -8), /damaged gzip data \(unexpected end of file\)/],
    ['bad-header.gz', Buffer.of(0x1f, 0x8b, 7, ...zipped.subarray(3)), /damaged gzip data/],
    ['short.gz', gzipSync(small.subarray(0, 39)), /expected the 4 × 3 × 2 bytes .* got 23: truncated/],
    ['long.gz', gzipSync(Buffer.concat([small, small])), /expected the end of the file .* got more/],
    ['padded.gz', Buffer.concat([zipped, Buffer.alloc(5)]), /expected the end of the file .* got more/],
    ['far-padded.gz', Buffer.concat([zipped, Buffer.alloc(1e6)]), /expected the end of the file .* got more/],
    ['twice.gz', Buffer.concat([zipped, zipped]), /expected the end of the file .* got more/],
    ['tail.gz', Buffer.concat([zipped, Buffer.from('tail')]), /damaged gzip data \(incorrect header check\)/],
  ];
  const crc = Buffer.from(zipped);
  crc[crc.length - 8] ^= 1;
  cases.push(['crc.gz', crc, /damaged gzip data \(incorrect data check\)/]);
  for (const [name, content, message] of cases) {
    const path = file(name, content);
    const reading = openIdx(path, 3).then((opened) => opened.readInto(new Uint8Array(opened.length)));
    await t.rejects(reading, { name: 'UserError', message }, name);
    await reading.catch((error: Error) => t.ok(error.message.startsWith(`${path}: `), 'names the file'));
  }
  const user = { name: 'UserError' };
  await t.rejects(openIdx(join(folder, 'none'), 1), { ...user, message: /none: no such file$/ });
  await t.rejects(openIdx(folder, 1), { ...user, message: /expected a file, got something else/ });
});

t.test(
  'a named pipe is refused, not waited for',
  { timeout: 10_000, skip: process.platform === 'win32' ? 'Windows has no mkfifo' : false },
  async (t) => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await t.rejects(openIdx(pipe, 1), { name: 'UserError', message: /expected a file, got something else/ });
  },
);

t.test('a file that changes after it was opened is refused', async (t) => {
  for (const [before, after] of [
    [small, idx([4, 2, 3])],
    [zipped, gzipSync(idx([4, 2, 3]))],
    [small, small.subarray(0, 20)],
  ]) {
    const opened = await openIdx(file('changing', before), 3);
    file('changing', after);
    await t.rejects(opened.readInto(new Uint8Array(24)), { name: 'UserError', message: /changing: / });
  }
});

t.test('a gzip bomb costs neither memory nor its unpacking', async (t) => {
  // 16 KiB that unpack to 16 MiB; a gzip file may be many of them one after the other.
  const charge = gzipSync(Buffer.alloc(1 << 24), { level: 9 });
  const charges = (n: number): Uint8Array[] => Array<Uint8Array>(n).fill(charge);
  const little = file(
    'little.gz',
    Buffer.concat([gzipSync(idx([4, 3, 2])), ...charges(64), Buffer.of(1, 2)]),
  );
  const much = file(
    'much.gz',
    Buffer.concat([gzipSync(idx([65536, 256, 256], Buffer.alloc(0))), ...charges(256)]),
  );
  const before = process.resourceUsage().maxRSS;
  const opened = await openIdx(little, 3);
  const target = new Uint8Array(24);
  // Its damaged end is never reached: reading stops one byte after what the header declares.
  await t.rejects(opened.readInto(target), { name: 'UserError', message: /expected the end of the file/ });
  t.strictSame([...target.subarray(20)], [20, 21, 22, 23]);
  const large = await openIdx(much, 3);
  t.equal(large.length, 2 ** 32, 'declares 4 GiB, truly');
  t.ok(process.resourceUsage().maxRSS - before < 64 * 1024, 'less than 64 MiB more memory');
});

t.test('300 damaged files: each is read correctly or refused', async (t) => {
  let read = 0;
  for (let seed = 0; seed < 300; seed++) {
    const random = keyed('idx-fuzz', seed);
    // In turn: a damaged plain file, a sound gzip file of a damaged one, a damaged gzip file.
    const damaged = mutate(seed % 3 === 2 ? zipped : small, random);
    const content = seed % 3 === 1 ? gzipSync(damaged) : damaged;
    const path = file('fuzzed', content);
    try {
      const opened = await openIdx(path, 3);
      if (opened.length > 1e6)
        throw new Error(`allows ${opened.length} bytes for a file of ${content.length}`);
      const values = Buffer.alloc(opened.length);
      await opened.readInto(values);
      // Gzip has a checksum; elsewhere, changed values are values.
      const expected = (seed % 3 === 2 ? small : damaged).subarray(16);
      if (!values.equals(expected)) throw new Error('wrong values');
      read++;
    } catch (error) {
      if (!isUserError(error)) t.fail(`seed ${seed}: ${error}`);
    }
  }
  t.ok(read > 30 && read < 270, `${read} read, the others refused`);
});

/** One or two changes: half of them a bit or a byte, else a cut, an insertion, a removal or a repetition. */
function mutate(content: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(content);
  for (let changes = 1 + random.below(2); changes > 0 && bytes.length > 0; changes--) {
    const at = random.below(bytes.length);
    const head = bytes.subarray(0, at);
    const some = bytes.subarray(at, at + 1 + random.below(8));
    const kind = random.below(8);
    if (kind < 2) bytes[at] ^= 1 << random.below(8);
    else if (kind < 4) bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)];
    else if (kind === 4) bytes = head;
    else if (kind === 5)
      bytes = Buffer.concat([head, Buffer.alloc(some.length, random.below(256)), bytes.subarray(at)]);
    else if (kind === 6) bytes = Buffer.concat([head, bytes.subarray(at + some.length)]);
    else bytes = Buffer.concat([head, some, bytes.subarray(at)]);
  }
  return bytes;
}
