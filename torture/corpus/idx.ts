/** IDX files to fuzz with: sound ones, and what was thought out against their reader. Knows the format alone. */
import type { Random } from '../../src/random.js';
import { type Input, places } from '../fuzz.js';
import { type Grammar, garbage, mutated, pick, someLength } from '../mutate.js';
import { largestRead, separator } from '../targets/idx.js';

const grammar: Grammar = {
  header: 16,
  tokens: [
    Uint8Array.of(0, 0, 8, 3),
    Uint8Array.of(0, 0, 8, 1),
    Uint8Array.of(0, 0, 8, 255),
    Uint8Array.of(0, 0, 13, 3),
    Uint8Array.of(0, 0, 9, 1),
    Uint8Array.of(0, 0, 11, 1),
    Uint8Array.of(0, 0, 12, 1),
    Uint8Array.of(0, 0, 14, 2),
    Uint8Array.of(3, 8, 0, 0),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0, 0, 0, 0),
    Uint8Array.of(0x1f, 0x8b, 8, 0),
    separator,
  ],
};

/** A header, and as many values as it declares where no others are given. */
export function idx(shape: readonly number[], body?: Uint8Array, magic = 0x800 + shape.length): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(magic);
  for (const [i, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * i);
  const length = body ? 0 : shape.reduce((product, size) => product * size, 1);
  return Buffer.concat([header, body ?? Uint8Array.from({ length }, (_, i) => i % 10)]);
}

const none = new Uint8Array(0);
const small = idx([4, 3, 2]);
const images = (bytes: Uint8Array): Input => ({ target: 'images', bytes });
const labels = (bytes: Uint8Array): Input => ({ target: 'labels', bytes });
const deepest = (bytes: Uint8Array): Input => ({ target: 'deepest', bytes });
/** The files of a data set, in the order of the target. */
export const set = (...files: Uint8Array[]): Input => ({
  target: 'set',
  bytes: Buffer.concat(files.flatMap((file, i) => (i === 0 ? [file] : [Buffer.from(separator), file]))),
});
const refused = (input: Input): Input => ({ ...input, must: 'refused' });
const accepted = (input: Input): Input => ({ ...input, must: 'accepted' });
const dims = (rank: number, size: number) => Array<number>(rank).fill(size);
const most = 0xffff_ffff;

/** What a reader must take. */
export const soundIdx: readonly Input[] = [
  images(small),
  images(idx([1, 1, 1])),
  images(idx([20, 28, 28])),
  labels(idx([24])),
  labels(idx([5000])),
  deepest(idx(dims(255, 1))),
  deepest(idx([...dims(250, 1), 2, 2, 2, 2, 2])),
  set(idx([6, 2, 3]), idx([6]), idx([5, 2, 3]), idx([5])),
  set(idx([60, 1, 1]), idx([60]), idx([1, 1, 1]), idx([1])),
  // Every element type; labels of two types, more than 256 of them, from 1; values; no test set.
  set(
    idx([6, 2], Buffer.alloc(48), 0xd02),
    idx([6], Buffer.from([0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 1, 44]), 0xb01),
  ),
  set(idx([3, 2], Buffer.alloc(48, 63), 0xe02), idx([3], Buffer.of(1, 2, 3), 0x901)),
  set(idx([3, 2], Buffer.alloc(24, 7), 0xc02), idx([3, 2], Buffer.alloc(48, 64), 0xe02)),
  set(idx([3, 1, 1, 4], Buffer.alloc(24, 7), 0xb04), idx([3], Buffer.alloc(12, 64), 0xd01)),
  set(
    idx([3, 4], Buffer.alloc(12, 200), 0x902),
    idx([3]),
    idx([1, 4], Buffer.alloc(4), 0x902),
    idx([1], Buffer.alloc(4), 0xc01),
  ),
].map(accepted);

const headers: readonly Input[] = [
  ...[most, 2 ** 31, 65536, 2 ** 24].flatMap((size) =>
    [3, 1].map((rank) => images(idx(dims(rank, size), none))),
  ),
  ...[most, 2 ** 31, 2].map((size) => deepest(idx(dims(255, size), none))),
  labels(idx([most], none)),
  labels(idx([largestRead], none)),
  // Modulo 2^32 the first is 24 and the second 1, modulo 2^64 the third is 0: as many as there are.
  images(idx([8, 536_870_915, 1], small.subarray(16))),
  images(idx([most, most, 1], Buffer.of(0))),
  images(idx([2 ** 31, 2 ** 31, 4], none)),
  // Just within the whole numbers of a double, and just beyond.
  images(idx([2 ** 31, 2 ** 21, 1], none)),
  images(idx([2 ** 31, 2 ** 22, 2], none)),
  images(idx([0, 3, 2], none)),
  images(idx([4, 0, 2], none)),
  images(idx([most, most, 0], none)),
  labels(idx([0], none)),
  images(idx([4, 3, 2], undefined, 0x0d03)),
  images(idx([4, 3, 2], undefined, 0x0308_0000)),
  images(idx([4, 3, 2], undefined, 0x0001_0803)),
  images(idx([24])),
  labels(small),
  images(idx([], none)),
  images(Buffer.concat([small, Buffer.of(0)])),
  images(Buffer.concat([small, small])),
  ...[0, 1, 2, 3, 4, 5, 15, 16, 39].map((length) => images(small.subarray(0, length))),
];

const others: readonly Input[] = [
  images(Buffer.from('<!DOCTYPE html><title>404</title>')),
  images(Buffer.alloc(65_536)),
  images(Buffer.alloc(65_536, 0xff)),
  ...places
    .filter((place) => place !== 'file')
    .map((place): Input => ({ target: 'images', bytes: none, place })),
  // 64 GiB of which none is on the disk, with headers that declare less, and more.
  { ...images(idx([2 ** 12, 2 ** 12, 2 ** 11], none)), size: 2 ** 36 },
  { ...images(idx([2 ** 12, 2 ** 12, 2 ** 12], none)), size: 2 ** 36 },
  { ...labels(none), size: 2 ** 32 },
];

const sets: readonly Input[] = [
  set(idx([6, 2, 3]), idx([6]), idx([5, 2, 3])),
  set(idx([6, 2, 3]), idx([5]), idx([5, 2, 3]), idx([5])),
  set(idx([6, 2, 3]), idx([6]), idx([5, 3, 2]), idx([5])),
  set(idx([6]), idx([6, 2, 3]), idx([5, 2, 3]), idx([5])),
  // Labels that begin at 2, and below 0; of one class alone.
  set(idx([6, 2, 3]), idx([6], Buffer.alloc(6, 10)), idx([5, 2, 3]), idx([5], Buffer.alloc(5, 2))),
  set(idx([6, 2, 3]), idx([6], Buffer.alloc(6, 255), 0x901), idx([5, 2, 3]), idx([5])),
  set(idx([6, 2, 3]), idx([6], Buffer.alloc(6, 1)), idx([5, 2, 3]), idx([5], Buffer.alloc(5, 1))),
  // Not of one type; whole numbers, more than one a row.
  set(idx([6, 2, 3]), idx([6]), idx([5, 2], Buffer.alloc(40), 0xd02), idx([5])),
  set(idx([6, 2, 3]), idx([6]), idx([5, 2, 3]), idx([5], Buffer.alloc(20), 0xd01)),
  set(idx([6, 2, 3]), idx([6, 2]), idx([5, 2, 3]), idx([5, 2])),
  set(idx([most, most, most], none), idx([most], none), idx([5, 2, 3]), idx([5])),
  set(none, none, none, none),
];

/** Tried as they are, each once. */
export const oddIdx: readonly Input[] = [
  ...soundIdx,
  accepted(images(idx([256, 256, 256]))),
  accepted({ ...images(idx([2 ** 11, 2 ** 10, 2 ** 9], none)), size: 2 ** 30 + 16 }),
  ...[...headers, ...others, ...sets].map(refused),
];

/** A sound file as it is, garbage, or a sound file with changes. */
export function changedIdx(random: Random): Input {
  const sound = pick(soundIdx, random);
  if (random.below(16) === 0) return sound;
  const { target } = sound;
  if (random.below(16) === 0) return { target, bytes: garbage(someLength(random), random) };
  return { target, bytes: mutated(sound.bytes, pick(soundIdx, random).bytes, grammar, random) };
}
