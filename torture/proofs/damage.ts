/** Checkpoints with flipped bits, cut off, or with headers that lie: none is taken for whole. */
import { isUserError } from '../../src/errors.js';
import type { Random } from '../../src/random.js';
import { readCheckpoint, writeCheckpoint } from '../../src/runs/checkpoint.js';
import { madeUp } from '../checkpoints.js';
import { sealed } from '../corpus/runs.js';
import { MemoryDisk } from '../memory-disk.js';
import { demand, type Proof, randomOf } from '../proof.js';

const PATH = '/x.safetensors';

export const damage: Proof = {
  name: 'damage',
  what: 'checkpoints with flipped bits, cut off, spliced, with lying headers under a fitting checksum: all refused',
  short: 2_000,
  long: 100_000,
  async run(given) {
    const memory = new MemoryDisk();
    await writeCheckpoint(memory.disk, PATH, madeUp(7, 7, 0.25));
    const file = memory.entries.get(PATH);
    const whole = file?.data ?? new Uint8Array(0);
    await readCheckpoint(memory.disk, PATH);
    const kinds: Record<string, number> = {};
    const names = Object.keys(damages);
    for (let index = 0; index < given.count; index++) {
      const random = randomOf(given, 'damage', index);
      const kind = names[index % names.length];
      let bytes = damages[kind](whole.slice(), random);
      if (Buffer.compare(bytes, whole) === 0) continue;
      // A header that lies is refused for what it says, not for a checksum that a forger would mend.
      if (kind.startsWith('lying') || given.sabotage === 'the checksum') bytes = sealed(bytes);
      memory.place(PATH, bytes);
      const refusal = await readCheckpoint(memory.disk, PATH).then(
        () => undefined,
        (error: unknown) => error,
      );
      demand(refusal !== undefined, given, index, `accepted: ${kind}`);
      demand(isUserError(refusal), given, index, `${kind}: ${(refusal as Error).stack}`);
      demand(!/[\n\r]/.test(refusal.message), given, index, `${kind}: more than a line: ${refusal.message}`);
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      given.progress?.(index + 1);
    }
    return { ...kinds, accepted: 0 };
  },
};

type Damage = (bytes: Uint8Array, random: Random) => Uint8Array;

/** Text in the header, replaced by text as long or shorter: the header keeps its length. */
function inHeader(bytes: Uint8Array, from: RegExp, to: (found: RegExpExecArray) => string): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = Buffer.from(bytes.slice(8, 8 + length)).toString('latin1');
  const found = from.exec(header);
  if (!found) return bytes;
  const json = (
    header.slice(0, found.index) +
    to(found) +
    header.slice(found.index + found[0].length)
  ).trimEnd();
  return withHeader(Buffer.from(json, 'latin1'), bytes.subarray(8 + length));
}

function withHeader(json: Uint8Array, data: Uint8Array): Uint8Array {
  const padded = Math.ceil(json.length / 8) * 8;
  const head = Buffer.alloc(8 + padded, 0x20);
  head.writeBigUInt64LE(BigInt(padded), 0);
  head.set(json, 8);
  return Uint8Array.from(Buffer.concat([head, data]));
}

const numbers = [
  '-1',
  '0',
  '1',
  '7',
  '59',
  '61',
  '1e300',
  '4294967296',
  '9007199254740993',
  'null',
  '"4"',
  '[]',
];

const damages: Record<string, Damage> = {
  'flipped bits'(bytes, random) {
    for (let k = random.below(4); k >= 0; k--) bytes[random.below(bytes.length)] ^= 1 << random.below(8);
    return bytes;
  },
  'cut off': (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  'longer than it was'(bytes, random) {
    return Uint8Array.from([
      ...bytes,
      ...Array.from({ length: 1 + random.below(64) }, () => random.below(256)),
    ]);
  },
  'zeros from somewhere on': (bytes, random) => bytes.fill(0, random.below(bytes.length)),
  'a part of it elsewhere'(bytes, random) {
    const length = 1 + random.below(64);
    return bytes.copyWithin(
      random.below(bytes.length),
      random.below(bytes.length - length),
      random.below(bytes.length),
    );
  },
  'lying: length of the header'(bytes, random) {
    const lengths = [
      0n,
      1n,
      8n,
      BigInt(bytes.length),
      BigInt(bytes.length - 8) + 1n,
      1n << 20n,
      (1n << 20n) + 1n,
    ];
    lengths.push(1n << 31n, 1n << 32n, 1n << 53n, (1n << 64n) - 1n);
    new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, lengths[random.below(lengths.length)], true);
    return bytes;
  },
  'lying: place of a tensor'(bytes, random) {
    const other = numbers[random.below(numbers.length)];
    const [which, first] = [random.below(4), random.below(2)];
    let seen = 0;
    return inHeader(
      bytes,
      new RegExp(`(?:"data_offsets":\\[[^\\]]*\\].*?){${which}}"data_offsets":\\[(\\d+),(\\d+)\\]`),
      (found) => {
        seen++;
        const places = `"data_offsets":[${found[1]},${found[2]}]`;
        const lie =
          first === 0 ? `"data_offsets":[${other},${found[2]}]` : `"data_offsets":[${found[1]},${other}]`;
        return seen === 1 ? found[0].slice(0, -places.length) + lie : found[0];
      },
    );
  },
  'lying: shape of a tensor'(bytes, random) {
    const other = numbers[random.below(numbers.length)];
    return inHeader(bytes, /"shape":\[5,3\]/, () => `"shape":[5,${other === '3' ? 4 : other}]`);
  },
  'lying: type of a tensor'(bytes, random) {
    const types = [
      '"F64"',
      '"F16"',
      '"BF16"',
      '"I32"',
      '"__proto__"',
      '"constructor"',
      '4',
      'null',
      '[]',
      '{}',
    ];
    return inHeader(bytes, /"dtype":"F32"/, () => `"dtype":${types[random.below(types.length)]}`);
  },
  'lying: JSON that is none'(bytes, random) {
    const texts = [
      '',
      '{',
      'null',
      '[]',
      '1',
      '"x"',
      '{"__metadata__":1}',
      '['.repeat(100_000),
      '{"a":'.repeat(50_000),
    ];
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    return withHeader(Buffer.from(texts[random.below(texts.length)]), bytes.subarray(8 + length));
  },
  'lying: state'(bytes, random) {
    const lies = [
      '\\"step\\":-1',
      '\\"step\\":1.5',
      '\\"step\\":null',
      '\\"step\\":1e99',
      '\\"step\\":\\"7\\"',
      '\\"stop\\":7',
    ];
    return inHeader(bytes, /\\"step\\":7/, () => lies[random.below(lies.length)]);
  },
  'lying: metadata'(bytes, random) {
    const keys = [
      '"format":"gradpool',
      '"configHash":"',
      '"state":"{',
      '"engine":"{',
      '"data":"{',
      '"config":"{',
    ];
    const key = keys[random.below(keys.length)];
    return inHeader(bytes, new RegExp(key.replace(/[{]/g, '\\{')), () => key.replace(/"(\w)/, '"_$1'));
  },
};
