/** Files of rows to fuzz with: sound ones, and what was thought out against their readers. Knows the formats alone. */
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Random } from '../../src/random.js';
import { type Input, places } from '../fuzz.js';
import { type Grammar, garbage, mutated, pick, someLength } from '../mutate.js';

const none = new Uint8Array(0);
const text =
  (target: string) =>
  (content: string, encoding: 'utf8' | 'latin1' | 'utf16le' = 'utf8'): Input => ({
    target,
    bytes: Buffer.from(content, encoding),
  });
const csv = text('csv');
const semicolons = text('semicolons');
const jsonl = text('jsonl');
const packed = ({ target, bytes }: Input): Input => ({ target, bytes: gzipSync(bytes) });
const refused = (input: Input): Input => ({ ...input, must: 'refused' });
const accepted = (input: Input): Input => ({ ...input, must: 'accepted' });
const each = <T>(count: number, make: (k: number) => T) => Array.from({ length: count }, (_, k) => make(k));

const rows = each(24, (k) => ({
  n: k / 4,
  d: `2024-02-${String(1 + k).padStart(2, '0')}`,
  x: k % 5 === 0 ? null : `größe ${k % 3}`,
}));
const lines = rows.map(({ n, d, x }) => `${n},${d},${x ?? ''}`);

const parquet = (codec: 'UNCOMPRESSED' | 'SNAPPY', rowGroupSize: number): Input => ({
  target: 'parquet',
  bytes: new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'n', data: rows.map(({ n }) => n), type: 'DOUBLE' },
        { name: 'x', data: rows.map(({ x }) => x), type: 'STRING', nullable: true },
        { name: 'd', data: rows.map(({ d }) => new Date(d)), type: 'TIMESTAMP' },
        { name: 'yes', data: rows.map(({ n }) => n > 3), type: 'BOOLEAN' },
        { name: 'whole', data: rows.map((_, k) => BigInt(k % 4)), type: 'INT64' },
      ],
      codec,
      rowGroupSize,
    }),
  ),
});

const csvFiles: readonly Input[] = [
  csv(['n,d,x', ...lines].join('\n')),
  csv(['n,d,x', ...lines, ''].join('\r\n')),
  csv(['a,b', '1,"a ""b"", c"', '2,"two\r\nlines"', '3,'].join('\r')),
  csv('\ufeffa,b\n1,2\r3,4\r\n5,6\n\n\n'),
  csv('\ufeffa,b\n1,größe\n', 'utf16le'),
  csv('a\n\n1\n'),
  csv(',,\n1,2,3\n'),
  semicolons('1,5; 2024-01-01 ;"x"\n-2;2024-01-02T03:04:05Z;größe\n', 'latin1'),
];
const jsonlFiles: readonly Input[] = [
  jsonl(rows.map((row) => JSON.stringify(row)).join('\n')),
  jsonl('{"a":1,"__proto__":2}\r\n{"a":"x","b":true}\n{}\n\n'),
  jsonl('{"a":12345678901234567890}\n{"a":"\\ud800"}\n{"a":1e300}\n'),
];
const parquetFiles: readonly Input[] = [
  parquet('UNCOMPRESSED', 24),
  parquet('SNAPPY', 24),
  parquet('UNCOMPRESSED', 5),
];
const sound: readonly Input[] = [
  ...csvFiles,
  ...jsonlFiles,
  ...parquetFiles,
  ...[csvFiles[0], jsonlFiles[0]].map(packed),
];

/** The file with some bytes of its end that are others, as a footer that lies has them. */
function lying({ target, bytes }: Input, change: (file: Buffer) => void): Input {
  const file = Buffer.from(bytes);
  change(file);
  return { target, bytes: file };
}
const [plain] = parquetFiles;
const footerLength = (length: number) => lying(plain, (file) => file.writeUInt32LE(length, file.length - 8));
/** One page of 24 values in a dictionary whose only run has 2^28 of them: five bytes that fill memory. */
const runaway = lying(plain, (file) => {
  const at = file.lastIndexOf(Buffer.of(0x02, 0x03));
  if (at > 0) file.set([0x80, 0x80, 0x80, 0x80, 0x02], at);
});

/** The first page's levels begin with a run that says to be far longer than the page: found at random, case 960 of seed 1. */
const endless = lying(parquetFiles[2], (file) => {
  file.set([0x1e, 0xff], 26);
  file[76] = 23;
});

/** Tried as they are, each once. */
export const oddTables: readonly Input[] = [
  ...sound.map(accepted),
  ...[
    '',
    '\n',
    '\ufeff',
    'a,b\n1',
    'a,b\n1,2,3',
    'a,b\n\n1,2',
    'a\n"1',
    'a\n"1"2',
    'a\nb"',
    'a,b\n1,2\n"',
  ].map((content) => refused(csv(content))),
  // Quotes that begin and never end, or begin all over; a bare return; what a terminal would take for orders.
  ...['n,a\n\u001b[2Jx,1', 'n\n\u009b2J', 'n\n\u2028', 'd\n\u0085', `n\n${'x'.repeat(100_000)}`].map(
    (content) => refused(csv(content)),
  ),
  csv('a,a\n1,2\n'),
  csv(`a\n${'"'.repeat(100_000)}\n`),
  csv(`a\n${'"x"\r'.repeat(20_000)}`),
  csv(`${','.repeat(10_000)}\n${','.repeat(10_000)}\n`),
  refused(csv(','.repeat(70_000))),
  csv(`${'a\r'.repeat(60_000)}`),
  csv(`a\n${'1\n'.repeat(60_000)}x\n`),
  csv(`a\n${'\n'.repeat(100_000)}1,2`),
  refused(packed(csv(`a\n"${'x'.repeat(1_000_000)}`))),
  refused(packed(csv(`a\n${'x'.repeat(20_000_000)}`))),
  refused(packed(jsonl(`{"a":"${'x'.repeat(20_000_000)}`))),
  refused({ target: 'csv', bytes: packed(csvFiles[0]).bytes.subarray(0, 40) }),
  refused({ target: 'csv', bytes: Buffer.from('a,b\n1,\xff\n', 'latin1') }),
  refused({ target: 'csv', bytes: Buffer.from('a,b\n1,\0\n') }),
  refused({ ...csvFiles[0], size: 2 ** 36 }),
  ...[
    '',
    'null',
    '[]',
    '"',
    '{',
    '{}',
    '{"a":1}{"a":2}',
    '{"a":[1]}',
    '{"a":{}}',
    '{"n":"x"}',
    '{"n":1e999}',
  ].map((content) => refused(jsonl(content))),
  ...['\n{"a":1}', '{"a":1}\n\n{"a":2}', '{"n":"\\u009b"}', '{"\\u001b":[]}', '\ufeff[{"a":1}]'].map(
    (content) => refused(jsonl(content)),
  ),
  jsonl(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  jsonl(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`),
  jsonl(`{"a":${'9'.repeat(100_000)}}`),
  jsonl(`{${each(10_000, (k) => `"${k}":1`).join()}}`),
  jsonl(`{"a":"${'\\\\'.repeat(50_000)}", "b": 12345678901234567890}`),
  ...[0, 4, 11, 12, 100].map((length) =>
    refused({ target: 'parquet', bytes: plain.bytes.subarray(0, length) }),
  ),
  ...[0, 1, 0x7fff_ffff, 0xffff_ffff].map((length) => refused(footerLength(length))),
  runaway,
  endless,
  refused({ target: 'parquet', bytes: Buffer.from('PAR1PAR1PAR1') }),
  refused({ target: 'parquet', bytes: Buffer.from('PAREPAREPARE') }),
  refused({ ...plain, size: 2 ** 36 }),
  // A pipe is read as long as somebody writes into it, but where a format needs its end.
  ...places
    .filter((place) => place !== 'file')
    .flatMap((place): Input[] =>
      ['csv', 'jsonl', 'parquet']
        .filter((target) => place !== 'pipe' || target === 'parquet')
        .map((target) => ({ target, bytes: none, place, must: 'refused' })),
    ),
];

const texts: Grammar = {
  text: true,
  tokens: [
    '"',
    '""',
    ',',
    ';',
    '\t',
    '\r',
    '\n',
    '\r\n',
    '\ufeff',
    '\0',
    '\u2028',
    '\ud83d\ude00',
    '{"a":',
    '}',
    '[',
    ']',
    ':',
    '"n":',
    '"__proto__":',
    '\\u0000',
    '\\',
    'null',
    'NA',
    '-1',
    '1e999',
    '9007199254740993',
    '2024-02-30',
    '+275760-09-13T00:00:00.001Z',
    Uint8Array.of(0xff),
    Uint8Array.of(0x1f, 0x8b, 8, 0),
  ],
  pairs: [
    ['"', '"'],
    ['[', ']'],
    ['{"a":', '}'],
  ],
};
const pages: Grammar = {
  header: 64,
  tokens: ['PAR1', none, Buffer.alloc(4), Buffer.alloc(4, 0xff), Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x02)],
};

/** A sound file as it is, garbage, or a sound file with changes, gzipped now and then. */
export function changedTable(random: Random): Input {
  const { target, bytes } = pick(sound, random);
  if (random.below(16) === 0) return { target, bytes };
  if (random.below(16) === 0) return { target, bytes: garbage(someLength(random), random) };
  const isText = target !== 'parquet';
  const others = sound.filter((input) => (input.target === 'parquet') !== isText);
  const changed = mutated(bytes, pick(others, random).bytes, isText ? texts : pages, random);
  return { target, bytes: isText && random.below(16) === 0 ? gzipSync(changed) : changed };
}
