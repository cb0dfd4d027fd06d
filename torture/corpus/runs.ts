/** Files of a run's folder to fuzz with: sound ones, and changes of several kinds. Knows formats, not their readers. */
import { createHash } from 'node:crypto';
import { encodeSafetensors } from '../../src/formats/safetensors.js';
import type { Random } from '../../src/random.js';
import { hashOf } from '../../src/runs/provenance.js';
import { madeUp } from '../checkpoints.js';
import { type Input, places } from '../fuzz.js';
import { type Grammar, garbage, mutated, pick, someLength } from '../mutate.js';
import { smallConfig } from '../small.js';

const none = new Uint8Array(0);
const PLACE = 8 + '{"__metadata__":{"sha256":"'.length;

/** The file with a checksum that fits, where it has a place for one: damage then reaches what lies behind the check. */
export function sealed(bytes: Uint8Array): Uint8Array {
  if (bytes.length < PLACE + 64) return bytes;
  const file = Uint8Array.from(bytes);
  file.set(Buffer.from('0'.repeat(64)), PLACE);
  file.set(Buffer.from(createHash('sha256').update(file).digest('hex')), PLACE);
  return file;
}

function checkpointFile(changes: Record<string, string> = {}): Uint8Array {
  const { provenance, state, tensors } = madeUp(7, 7, 0.25);
  const config = smallConfig();
  const { head, data } = encodeSafetensors(tensors, {
    sha256: '0'.repeat(64),
    format: 'gradpool-checkpoint-2',
    gradpool: '0',
    configHash: hashOf(config),
    config: JSON.stringify(config),
    engine: JSON.stringify(provenance.engine),
    data: JSON.stringify(provenance.data),
    state: JSON.stringify(state),
    ...changes,
  });
  return sealed(Buffer.concat([head, ...data]));
}

const text = (target: string, content: unknown): Input => ({
  target,
  bytes: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
});
const holder = { pid: 4_194_305, started: '1', host: 'elsewhere', token: 'x' };
const deep = (depth: number) => `${'{"a":['.repeat(depth)}1${']}'.repeat(depth)}`;

const sound: readonly Input[] = [
  { target: 'checkpoint', bytes: checkpointFile() },
  { target: 'safetensors', bytes: checkpointFile() },
  { target: 'newest', bytes: checkpointFile() },
  text('provenance', { gradpool: '0', engine: {}, config: smallConfig() }),
];
/** Sound too, but refused for what stands, or does not stand, beside them. */
const others: readonly Input[] = [
  text('lock', holder),
  text('events', '{"event":"start"}\n{"event":"epoch"}\n'),
  { target: 'ending', bytes: checkpointFile() },
];
/** Threads take a hundred times as long as reading does: one file in so many is verified with them. */
const WITH_THREADS = 16;

const length = (bytes: bigint, rest = 64) => {
  const file = Buffer.alloc(8 + rest, 0x20);
  file.writeBigUInt64LE(bytes);
  return file;
};
const header = (json: string, data = 0): Uint8Array => {
  const file = Buffer.alloc(8 + Buffer.byteLength(json) + data);
  file.writeBigUInt64LE(BigInt(Buffer.byteLength(json)));
  file.write(json, 8);
  return file;
};
const refusedAs = (target: string, bytes: Uint8Array): Input => ({ target, bytes, must: 'refused' });

/** Tried as they are, each once. */
export const oddRunFiles: readonly Input[] = [
  ...sound.map((input): Input => ({ ...input, must: 'accepted' })),
  ...others,
  { target: 'weights', bytes: checkpointFile() },
  text('events', 'torn'),
  text('events', ''),
  text('events', '\n'),
  ...[0n, 1n, 2n ** 20n, 2n ** 20n + 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 64n - 1n].map((bytes) =>
    refusedAs('safetensors', length(bytes)),
  ),
  // 64 GiB and a little over 4 GiB, of which none is on the disk.
  {
    ...refusedAs('safetensors', header('{"x":{"dtype":"F64","shape":[8589934591],"data_offsets":[0,1]}}')),
    size: 2 ** 36,
  },
  { ...refusedAs('checkpoint', checkpointFile()), size: 2 ** 32 + 2 ** 21 },
  ...['{', 'null', '[]', '""', deep(40_000), `{"x":${'['.repeat(500_000)}`, '{"__proto__":{"a":1}}'].map(
    (json) => refusedAs('safetensors', header(json)),
  ),
  ...['"', '\\"', `${'{"a":'.repeat(100_000)}`, '{"step":1e999}', deep(40_000)].map((state) =>
    refusedAs('checkpoint', checkpointFile({ state })),
  ),
  ...[
    deep(40_000),
    '{"__proto__":{"polluted":1}}',
    '{"constructor":{"prototype":{"polluted":1}}}',
    '[]',
    '',
  ].map((config) => refusedAs('checkpoint', checkpointFile({ config }))),
  ...[deep(80_000), '{"config":{"__proto__":{"a":1}}}', '{"config":null}', 'null', '[[[[', '\ufeff{}'].map(
    (json) => ({
      ...text('provenance', json),
      must: 'refused' as const,
    }),
  ),
  ...[
    '',
    '{}',
    deep(300),
    JSON.stringify({ ...holder, pid: -1 }),
    JSON.stringify({ ...holder, pid: 1e300 }),
  ].map((json) => ({ ...text('lock', json), must: 'refused' as const })),
  ...places
    .filter((place) => place !== 'file')
    .flatMap((place): Input[] =>
      ['checkpoint', 'safetensors'].map((target) => ({ target, bytes: none, place, must: 'refused' })),
    ),
];

const grammar: Grammar = {
  tokens: [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\"',
    '"__proto__":',
    '"dtype":"F64"',
    '"shape":[',
    '"data_offsets":[0,',
    '1e999',
    '-1',
    '9007199254740993',
    '4294967296',
    'null',
    '\\u0000',
    Buffer.alloc(8),
    Buffer.alloc(8, 0xff),
  ],
  pairs: [
    ['[', ']'],
    ['{"a":', '}'],
    ['\\"', '\\"'],
  ],
  header: 8,
};

/** A sound file as it is, garbage, or a sound file with changes, under a checksum that fits in half of the cases. */
export function changedRunFile(random: Random): Input {
  const picked = pick([...sound, ...others], random);
  const { bytes } = picked;
  const target = picked.target === 'ending' && random.below(WITH_THREADS) === 0 ? 'weights' : picked.target;
  if (random.below(16) === 0) return { target, bytes };
  if (random.below(16) === 0) return { target, bytes: garbage(someLength(random), random) };
  const other = pick([...sound, ...others], random).bytes;
  const changed = mutated(bytes, other, grammar, random);
  return { target, bytes: random.below(2) === 0 ? sealed(changed) : changed };
}
