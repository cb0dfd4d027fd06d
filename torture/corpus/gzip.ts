/** Gzipped IDX files to fuzz with: sound ones, and what was thought out against unpackers (RFC 1951 and 1952). */
import { constants, crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { Random } from '../../src/random.js';
import type { Input } from '../fuzz.js';
import { type Grammar, garbage, mutated, pick, someLength } from '../mutate.js';
import { largestRead, separator } from '../targets/idx.js';
import { changedIdx, idx, set, soundIdx } from './idx.js';

const empty = gzipSync('');
const storedNothing = Uint8Array.of(0, 0, 0, 0xff, 0xff);
const grammar: Grammar = {
  header: 12,
  tokens: [
    empty,
    storedNothing,
    Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3),
    Uint8Array.of(0x1f, 0x8b, 8, 0x1f, 0, 0, 0, 0, 0, 3, 0xff, 0xff),
    // Blocks: stored with a wrong length, fixed and empty, of a kind that there is not.
    Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(3, 0),
    Uint8Array.of(7),
    Uint8Array.of(0, 0, 0, 0),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff),
  ],
};

const content = idx([4, 3, 2]);
const zipped = gzipSync(content);
const block = deflateRawSync(content);
const trailer = zipped.subarray(-8);
const zeros = (length: number) => Buffer.alloc(length);
/** 16 KiB that unpack to 16 MiB. */
const charge = gzipSync(zeros(largestRead), { level: 9 });
const charges = (count: number) => Array<Uint8Array>(count).fill(charge);

const images = (...parts: readonly Uint8Array[]): Input => ({
  target: 'images',
  bytes: Buffer.concat(parts),
});
const labels = (...parts: readonly Uint8Array[]): Input => ({
  target: 'labels',
  bytes: Buffer.concat(parts),
});
const times = (count: number, part: Uint8Array) => Buffer.concat(Array<Uint8Array>(count).fill(part));

/** A header alone, in a file just large enough to hold what it declares. */
function declaring(shape: readonly number[]): Buffer {
  const length = shape.reduce((product, size) => product * size, 1);
  return Buffer.concat([gzipSync(idx(shape, zeros(0))), zeros(length / 1032)]);
}

/** A member's header: its flags, and the fields that they announce. */
const header = (flags: number, ...fields: readonly (Uint8Array | string)[]) =>
  Buffer.concat([
    Uint8Array.of(0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3),
    ...fields.map((field) => Buffer.from(field as string)),
  ]);

/** The header with its own checksum behind it, `off` by so much. */
function checked(head: Uint8Array, off = 0): Buffer {
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE((crc32(head) + off) & 0xffff);
  return Buffer.concat([head, sum]);
}

/** An input's files, each gzipped by itself. */
function packed({ target, bytes }: Input): Input {
  const files: Uint8Array[] = [];
  let rest = Buffer.from(bytes);
  for (let end = rest.indexOf(separator); target === 'set' && end >= 0; end = rest.indexOf(separator)) {
    files.push(gzipSync(rest.subarray(0, end), { level: 1 }), Buffer.from(separator));
    rest = rest.subarray(end + separator.length);
  }
  return { target, bytes: Buffer.concat([...files, gzipSync(rest, { level: 1 })]) };
}

const sound = soundIdx.map(packed);

const accepted: readonly Input[] = [
  ...sound,
  images(gzipSync(content, { level: 0 })),
  images(gzipSync(content, { strategy: constants.Z_HUFFMAN_ONLY })),
  images(gzipSync(content, { strategy: constants.Z_FIXED })),
  // Members: two, one a byte, thousands that hold nothing, before and behind.
  images(gzipSync(content.subarray(0, 7)), gzipSync(content.subarray(7))),
  images(...Array.from(content, (byte) => gzipSync(Uint8Array.of(byte)))),
  images(times(3000, empty), zipped),
  images(zipped, times(3000, empty)),
  images(times(50_000, empty), zipped),
  // Blocks that hold nothing.
  images(header(0), times(20_000, storedNothing), block, trailer),
  // Every field that a header can have, as long as it can be, and longer than anybody needs.
  images(
    checked(header(0x1f, Uint8Array.of(0xff, 0xff), zeros(0xffff), 'name\0', 'comment\0')),
    block,
    trailer,
  ),
  images(header(8, 'n'.repeat(1e6), '\0'), block, trailer),
  // Declares 16 MiB, and holds them.
  labels(gzipSync(idx([largestRead], zeros(largestRead)))),
  // Declares 4 GiB, which 4 MB could hold: as yet there is nothing to object to.
  images(declaring([65_536, 256, 256])),
];

const refused: readonly Input[] = [
  images(zipped.subarray(0, 2)),
  images(zipped.subarray(0, 3)),
  images(header(0)),
  images(empty),
  images(gzipSync(content.subarray(0, 3))),
  images(gzipSync(content.subarray(0, 16))),
  ...[1, 4, 7, 8, 9, 12].map((missing) => images(zipped.subarray(0, -missing))),
  images(Uint8Array.of(0x1f, 0x8b, 7), zipped.subarray(3)),
  images(header(0xe0), block, trailer),
  images(header(4, Uint8Array.of(0xff, 0xff)), block, trailer),
  images(header(8, 'n'.repeat(1e6))),
  images(checked(header(2), 1), block, trailer),
  images(header(0), block, zeros(4), trailer.subarray(4)),
  images(header(0), block, trailer.subarray(0, 4), zeros(4)),
  // After the end: zeros, anything, the start of a member, a whole one, and one that is large.
  images(zipped, zeros(1)),
  images(zipped, zeros(1e6)),
  images(zipped, Buffer.from('tail')),
  images(zipped, zipped.subarray(0, 2)),
  images(zipped, zipped.subarray(0, 12)),
  images(zipped, zipped),
  images(zipped, ...charges(64)),
  images(times(64, zipped)),
  // Little is declared and much is there; much is declared and little is there.
  images(gzipSync(Buffer.concat([content, zeros(largestRead)]))),
  images(...charges(64)),
  labels(gzipSync(idx([largestRead], zeros(largestRead / 2)))),
  labels(gzipSync(idx([largestRead], zeros(1))), zeros(20_000)),
  images(gzipSync(idx([0xffff_ffff, 0xffff_ffff, 0xffff_ffff], zeros(0)))),
  images(gzipSync(idx([2 ** 20, 2 ** 20, 2 ** 10], zeros(0)))),
  labels(gzipSync(idx([0xffff_ffff], zeros(0)))),
  // Sets of which each file by itself could be: the order of 2^30 rows, or all their pixels, would not fit.
  set(declaring([2 ** 30, 1, 1]), declaring([2 ** 30]), idx([5, 1, 1]), idx([5])),
  set(declaring([2 ** 16, 256, 256]), idx([2 ** 16]), idx([5, 256, 256]), idx([5])),
  // Of 2^22 labels half are there.
  set(declaring([2 ** 22, 1, 1]), gzipSync(idx([2 ** 22], zeros(2 ** 21))), idx([1, 1, 1]), idx([1])),
  set(
    gzipSync(idx([100, 2, 2])),
    Buffer.concat([gzipSync(idx([100])), ...charges(64)]),
    idx([1, 2, 2]),
    idx([1]),
  ),
  // Other packers, and gzip within gzip.
  images(gzipSync(zipped)),
  images(deflateSync(content)),
  ...['PK\x03\x04', 'BZh91AY&SY', '\xfd7zXZ\0', '(\xb5/\xfd', '\x1f\x9d\x90', '\x1f\x8b'].map((magic) =>
    images(Buffer.from(magic, 'latin1'), content),
  ),
  // A kind of block that there is not; a copy from before the beginning; code lengths that cannot be; no end.
  ...[
    [7],
    [3, 2, 0],
    [5, 0, 0, 0, 0, 0],
    [5, 0xff, 0xff, 0xff],
    [4],
    [1, 255, 255, 0, 0],
    [1, 1, 0, 1, 0],
  ].map((deflated) => images(header(0), Uint8Array.from(deflated), zeros(64))),
  images(header(0), times(10_000, storedNothing)),
];

/** Tried as they are, each once. */
export const oddGzip: readonly Input[] = [
  ...accepted.map((input): Input => ({ ...input, must: 'accepted' })),
  ...refused.map((input): Input => ({ ...input, must: 'refused' })),
];

/** A sound file packed anew, in one member or several; a changed one well packed; a packed one changed; garbage. */
export function changedGzip(random: Random): Input {
  const { target, bytes } = pick(sound, random);
  switch (random.below(8)) {
    case 0:
      return packed(changedIdx(random));
    case 1: {
      const one = pick(soundIdx, random);
      if (one.target === 'set') return packed(one);
      const cut = random.below(one.bytes.length + 1);
      const members = [one.bytes.subarray(0, cut), one.bytes.subarray(cut)];
      return {
        target: one.target,
        bytes: Buffer.concat(members.map((part) => gzipSync(part, { level: 1 }))),
      };
    }
    case 2:
      return {
        target,
        bytes: Buffer.concat([header(random.below(32)), garbage(someLength(random), random)]),
      };
    default:
      return { target, bytes: mutated(bytes, pick(sound, random).bytes, grammar, random) };
  }
}
