/** Changes that break formats: any number of them at random, to bytes of any kind. */
import type { Random } from '../src/random.js';

export interface Grammar {
  /** What means something in the format, put in anywhere. */
  readonly tokens: readonly (string | Uint8Array)[];
  /** What opens and closes something that can hold itself. */
  readonly pairs?: readonly (readonly [string, string])[];
  /** Whether changes are to stay text mostly: what is no UTF-8 is refused before anything looks at it. */
  readonly text?: boolean;
  /** Bytes at the start that hold numbers, of 4 bytes each, big end first. */
  readonly header?: number;
}

/** No input grows beyond this, in bytes. */
const largest = 256 * 1024;
const bytesOfInterest = [0, 1, 2, 8, 0x0a, 0x1f, 0x20, 0x7f, 0x80, 0x8b, 0xc0, 0xed, 0xfe, 0xff];
const numbersOfInterest = [
  0, 1, 2, 3, 7, 8, 28, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0xff_ffff, 0x100_0000, 0x7fff_ffff,
  0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];

/** One of the items, all alike. */
export function pick<T>(items: readonly T[], random: Random): T {
  return items[random.below(items.length)];
}

/** `length` bytes, of all values or of a few. */
export function garbage(length: number, random: Random, { text = false }: Partial<Grammar> = {}): Uint8Array {
  if (text && random.below(16) > 0) return Uint8Array.from({ length }, () => 0x20 + random.below(0x5f));
  const values = random.below(2) === 0 ? 256 : 1 + random.below(8);
  const first = random.below(256);
  return Uint8Array.from({ length }, () => first + random.below(values));
}

/** A short length mostly, a long one now and then; at least 1. */
export function someLength(random: Random): number {
  return 1 + random.below(2 ** (1 + random.below(random.below(16) === 0 ? 13 : 6)));
}

/** One to four changes to a copy of `bytes`; `other` is what a part may come from. */
export function mutated(bytes: Uint8Array, other: Uint8Array, grammar: Grammar, random: Random): Uint8Array {
  let result: Buffer = Buffer.from(bytes);
  for (let left = 1 + random.below(4); left > 0; left--) {
    result = changed(result, other, grammar, random).subarray(0, largest);
  }
  return result;
}

function changed(bytes: Buffer, other: Uint8Array, grammar: Grammar, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + someLength(random));
  const [head, part, tail] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  switch (random.below(10)) {
    case 0:
      if (at < bytes.length) bytes[at] ^= 1 << random.below(grammar.text ? 7 : 8);
      return bytes;
    case 1:
      if (at < bytes.length)
        bytes[at] = grammar.text ? garbage(1, random, grammar)[0] : pick(bytesOfInterest, random);
      return bytes;
    case 2:
      return head;
    case 3:
      return Buffer.concat([head, tail]);
    case 4: {
      const times = Math.min(someLength(random), Math.floor(largest / (1 + part.length)));
      return Buffer.concat([head, ...Array<Buffer>(1 + times).fill(part), tail]);
    }
    case 5:
      return grammar.header ? withNumber(bytes, grammar.header, random) : bytes;
    case 6: {
      const from = random.below(other.length + 1);
      return Buffer.concat([head, other.subarray(from, from + someLength(random)), tail]);
    }
    case 7: {
      const [open, close] = pick(grammar.pairs ?? [['', '']], random);
      const depth = someLength(random);
      return Buffer.concat([
        head,
        Buffer.from(open.repeat(depth)),
        part,
        Buffer.from(close.repeat(depth)),
        tail,
      ]);
    }
    case 8:
      return Buffer.concat([head, garbage(someLength(random), random, grammar), tail]);
    default: {
      const token = Buffer.from(pick(grammar.tokens, random));
      const times = random.below(8) === 0 ? someLength(random) : 1;
      return Buffer.concat([
        head,
        ...Array<Buffer>(times).fill(token),
        bytes.subarray(random.below(2) ? at : end),
      ]);
    }
  }
}

/** A number of interest, or one near the old one, in a field of the header or, less often, anywhere. */
function withNumber(bytes: Buffer, header: number, random: Random): Buffer {
  if (bytes.length < 4) return bytes;
  const inHeader = random.below(4) > 0;
  const at = inHeader ? 4 * random.below(header / 4) : random.below(bytes.length - 3);
  if (at + 4 > bytes.length) return bytes;
  const old = bytes.readUInt32BE(at);
  const value = random.below(4) === 0 ? old + random.below(5) - 2 : pick(numbersOfInterest, random);
  if (random.below(4) === 0) bytes.writeUInt32LE(value >>> 0, at);
  else bytes.writeUInt32BE(value >>> 0, at);
  return bytes;
}
