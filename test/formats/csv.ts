/** CSV files: what RFC 4180 says of them, what files are like in spite of it, and what is refused, with its line. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { isUserError } from '../../src/errors.js';
import { type CsvOptions, eachRecord, enough } from '../../src/formats/csv.js';
import { PlainText } from '../../src/formats/plain-text.js';
import { keyed } from '../../src/random.js';

const folder = t.testdir();
let files = 0;

function file(content: string | Uint8Array, name = `${files++}.csv`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Its records, each with its line behind it. */
async function read(content: string | Uint8Array, options: CsvOptions = {}): Promise<(string | number)[][]> {
  const records: (string | number)[][] = [];
  await eachRecord(file(content), options, (fields, line) => {
    records.push([...fields, line]);
    return undefined;
  });
  return records;
}

/** What is said of it, without the folder; undefined where nothing is. */
async function complaint(
  content: string | Uint8Array,
  options: CsvOptions = {},
): Promise<string | undefined> {
  try {
    await read(content, options);
    return undefined;
  } catch (error) {
    if (!isUserError(error)) throw error;
    return error.message.replace(/^.*[/\\]\d+\.csv/, 'file');
  }
}

/** Records that many ways to write them come to. */
const two = [
  ['a', 'b', 1],
  ['1', '2', 2],
];
const four = [...two, ['3', '4', 3], ['5', '6', 4]];

t.test('fields, quotes and line ends', async (t) => {
  const cases: [what: string, content: string, records: (string | number)[][]][] = [
    ['plain', 'a,b\n1,2\n', two],
    ['no line end at the end', 'a,b\n1,2', two],
    [
      'empty fields',
      ',\n,x\ny,\n',
      [
        ['', '', 1],
        ['', 'x', 2],
        ['y', '', 3],
      ],
    ],
    ['CRLF', 'a,b\r\n1,2\r\n', two],
    ['CR', 'a,b\r1,2\r', two],
    ['CR alone at the end', 'a\r', [['a', 1]]],
    ['all of them in one file', 'a,b\r\n1,2\n3,4\r5,6', four],
    ['spaces are part of a field', 'a , b\n', [['a ', ' b', 1]]],
    ['quotes', '"a","b"\n"1",2\n', two],
    [
      'quoted delimiters, line ends and quotes',
      'x,y\n"1,2","a\r\nb"\n"say ""hi""",""\n',
      [
        ['x', 'y', 1],
        ['1,2', 'a\r\nb', 3],
        ['say "hi"', '', 4],
      ],
    ],
    [
      'an empty quoted field at the end',
      'a,b\n1,""',
      [
        ['a', 'b', 1],
        ['1', '', 2],
      ],
    ],
    ['a quote only far on', 'a,b\n1,2\n3,"4"\n5,6\n', four],
    [
      'beyond ASCII',
      'né,日本\n😀,"ß"\n',
      [
        ['né', '日本', 1],
        ['😀', 'ß', 2],
      ],
    ],
    ['empty lines at the end are none', 'a,b\n1,2\n\n\r\n\n', two],
    [
      'but in a single column they are fields',
      'a\n1\n\n2\n',
      [
        ['a', 1],
        ['1', 2],
        ['', 3],
        ['2', 4],
      ],
    ],
    ['a header alone', 'a,b\n', [['a', 'b', 1]]],
    ['nothing', '', []],
    ['nothing but a line end', '\n', []],
    [
      'names that are the same',
      'a,a\n1,2\n',
      [
        ['a', 'a', 1],
        ['1', '2', 2],
      ],
    ],
  ];
  for (const [what, content, records] of cases) t.strictSame(await read(content), records, what);
});

t.test('delimiters, and spaces that go', async (t) => {
  t.strictSame(await read('a;b\n1,5;2\n', { delimiter: ';' }), [
    ['a', 'b', 1],
    ['1,5', '2', 2],
  ]);
  t.strictSame(await read('a\tb\n1\t \n', { delimiter: '\t', trim: true }), [
    ['a', 'b', 1],
    ['1', '', 2],
  ]);
  t.strictSame(await read(' a, b\n1 ,\t2\n', { trim: true }), two);
  t.strictSame(await read(' "a" , b\n"1" , 2\n ', { trim: true }), two);
  t.strictSame(await read('a,b\n" 1 ", 2\n', { trim: true }), [
    ['a', 'b', 1],
    [' 1 ', '2', 2],
  ]);
});

t.test('what is wrong is told with its line', async (t) => {
  const cases: [content: string | Uint8Array, message: RegExp][] = [
    ['a,b\n1,2,3\n', /^file:2: expected 2 fields as in the first line, got 3;/],
    ['a,b\n1,2\n4\n', /^file:3: expected 2 fields as in the first line, got 1;/],
    ['a,b\n"1","2"\n4\n', /^file:3: expected 2 fields as in the first line, got 1;/],
    ['a,b\n1,2\n\n3,4\n', /^file:3: expected 2 fields, got an empty line$/],
    ['a,b\n"1",2\n\n3,4\n', /^file:3: expected 2 fields, got an empty line$/],
    ['a,b\n1,2\nx"y",3\n', /^file:3: a quote within a field that does not begin with one;/],
    ['a,b\n1,2\n"x"y,3\n', /^file:3: expected "," or the line's end after a closing quote;/],
    ['a,b\n1,2\n"x,3\n', /^file:3: a quote is opened and never closed$/],
    ['a,b\n"1",2\n3,"x\n4,5\n6,7\n', /^file:3: a quote is opened and never closed$/],
    ['a,b\r\n"1",2\r\n3,"x\r\n4,5\r\n6,7\r\n', /^file:3: a quote is opened and never closed$/],
    [Buffer.from('a,b\n1,\xe9\n', 'latin1'), /^file:2: expected UTF-8, got other bytes; .*latin1$/],
    ['a,b\n1,2\0\n', /^file:2: expected text, got a byte 0; .*utf-16le/],
    [Buffer.from('a,b\n1,2\n', 'utf16le'), /^file:1: expected text, got a byte 0; .*utf-16le/],
    [gzipSync('a,b\n1,2\n').subarray(0, -9), /^file: is damaged: unexpected end of file$/],
  ];
  for (const [content, message] of cases) t.match(await complaint(content), message, String(content));
  const long = `a,b\n1,${'x'.repeat(17 << 20)}`;
  t.match(await complaint(long), /^file:2: a record of more than 16777216 characters/);
  t.match(
    await complaint(`a,b\n1,2\n3,"${'x\n'.repeat(9 << 20)}`),
    /^file:\d+: a record of more than 16777216 char/,
  );
  await t.rejects(
    eachRecord(join(folder, 'none.csv'), {}, () => undefined),
    { message: /none\.csv: no such file$/ },
  );
  await t.rejects(
    eachRecord(folder, {}, () => undefined),
    { message: /is a folder, expected a file$/ },
  );
});

t.test('encodings, by a mark or by what is said', async (t) => {
  const text = 'né,ü\n1,ß\n';
  const records = [
    ['né', 'ü', 1],
    ['1', 'ß', 2],
  ];
  const little = Buffer.from(text, 'utf16le');
  const big = Buffer.from(little).swap16();
  t.strictSame(await read(`\ufeff${text}`), records, 'UTF-8 with a mark');
  t.strictSame(await read(`\ufeff${text}`, { encoding: 'utf-8' }), records);
  t.strictSame(await read(Buffer.concat([Buffer.from([0xff, 0xfe]), little])), records, 'UTF-16');
  t.strictSame(await read(Buffer.concat([Buffer.from([0xfe, 0xff]), big])), records);
  t.strictSame(await read(little, { encoding: 'utf-16le' }), records);
  t.strictSame(await read(big, { encoding: 'utf-16be' }), records);
  t.strictSame(await read(Buffer.from(text, 'latin1'), { encoding: 'latin1' }), records);
  t.strictSame(await read(Buffer.from('\ufeff"a,b",c\n')), [['a,b', 'c', 1]], 'a quote behind the mark');
  t.match(
    await complaint(big.subarray(0, -1), { encoding: 'utf-16be' }),
    /^file: expected utf-16be, got bytes/,
  );
});

t.test('gzip, whatever the name; two members are one file', async (t) => {
  const records = [
    ['a', 'b', 1],
    ['1', '2', 2],
    ['3', '4', 3],
  ];
  t.strictSame(await read(gzipSync('a,b\n1,2\n3,4\n')), records);
  t.strictSame(await read(Buffer.concat([gzipSync('a,b\n1'), gzipSync(',2\n3,4\n')])), records);
});

t.test('whoever has seen enough gets no more', async (t) => {
  for (const first of ['a', '"a"']) {
    const seen: string[] = [];
    // What is wrong further on is nobody's business then.
    await eachRecord(file(`${first}\n1\n2\n"`), {}, ([field]) => {
      seen.push(field);
      return seen.length === 2 ? enough : undefined;
    });
    t.strictSame(seen, ['a', '1']);
    const error = new Error('mine');
    const fail = () => {
      throw error;
    };
    await t.rejects(eachRecord(file(`${first}\n1\n`), {}, fail), error, 'errors of the taker come through');
  }
});

t.test('csv-parse alone says the same of any text, also of what is wrong with it', async (t) => {
  const random = keyed('csv', 1);
  const pieces = [
    ',',
    ',',
    ',',
    '\n',
    '\n',
    '\r\n',
    '\r',
    ' ',
    '\t',
    'x',
    '12',
    'é',
    '😀',
    '\u00a0',
    '\ufeff',
  ];
  const quotes = ['"', '""', '"x"', '"x",', ',"a,b"', '\n"1"', '"a\r\nb"', '"\r"', '""""', ' "x" ', '"é\n",'];
  const outcome = async (content: string, options: CsvOptions) =>
    (await complaint(content, options)) ?? (await read(content, options));
  let right = 0;
  for (let k = 0; k < 400; k++) {
    const some = k % 4 === 0 ? pieces : [...pieces, ...quotes];
    const text = Array.from({ length: random.below(16) }, () => some[random.below(some.length)]).join('');
    for (const trim of [false, true]) {
      const own = await outcome(text, { trim });
      t.strictSame(own, await outcome(text, { trim, parserAlone: true }), JSON.stringify({ text, trim }));
      if (typeof own !== 'string') right++;
    }
  }
  t.ok(right > 50 && right < 750, `${right} were right`);
});

t.test('chunks may end anywhere', async (t) => {
  const text = 'a,b\r\n"n""é","😀"\r\r\n"","\r\n"\n1,2';
  const take = (records: unknown[]) => (fields: string[], line: number) => {
    records.push([...fields, line]);
    return true;
  };
  const whole: unknown[] = [];
  const one = new PlainText(',', false, take(whole));
  one.push(text);
  one.end();
  t.strictSame(whole, [
    ['a', 'b', 1],
    ['n"é', '😀', 2],
    ['', 3],
    ['', '\r\n', 5],
    ['1', '2', 6],
  ]);
  for (let first = 0; first <= text.length; first++) {
    for (let second = first; second <= text.length; second++) {
      const records: unknown[] = [];
      const plain = new PlainText(',', false, take(records));
      for (const part of [text.slice(0, first), text.slice(first, second), text.slice(second)])
        plain.push(part);
      plain.end();
      t.strictSame(records, whole, `cut at ${first} and ${second}`);
    }
  }
});

t.test('text with unusual quotes is left to others, from that record on', (t) => {
  const cases: [text: string, handed: number, rest: string][] = [
    ['a,b\n"1",2\n"x" ,3\n"4",5\n', 2, '"x" ,3\n"4",5\n'],
    ['a,b\n1,x"y"\n3,4\n', 1, '1,x"y"\n3,4\n'],
    ['a,b\n"1\n2",3\n5,"6', 2, '5,"6'],
    ['a,b\n5,"6"', 1, '5,"6"'],
    [`a\n"${'x\n'.repeat(1 << 20)}`, 1, `"${'x\n'.repeat(1 << 20)}`],
  ];
  for (const [text, handed, rest] of cases) {
    let records = 0;
    const plain = new PlainText(',', false, () => {
      records++;
      return true;
    });
    plain.push(text);
    if (!plain.unusual) plain.end();
    t.ok(plain.unusual, JSON.stringify(text.slice(0, 40)));
    t.equal(records, handed);
    t.ok(plain.rest === rest);
  }
  t.end();
});

t.test('a file of many chunks, with and without unusual quotes in its middle', async (t) => {
  const rows = Array.from({ length: 24_000 }, (_, k) => [`${k}`, 'é'.repeat(k % 7), `${k / 8}`]);
  const lines = rows.map((row, k) => (k % 3 === 0 ? row : row.map((field) => `"${field}"`)).join(','));
  for (const unusual of [-1, 0, 12_000, 23_999]) {
    if (unusual >= 0) lines[unusual] = `${rows[unusual].slice(0, 2).join(',')}, "${rows[unusual][2]}"`;
    const text = lines.join('\r\n');
    const records = await read(text, { trim: true });
    t.equal(records.length, rows.length);
    t.strictSame(
      records,
      rows.map((row, k) => [...row, k + 1]),
    );
    t.strictSame(await read(gzipSync(text), { trim: true }), records, 'gzipped');
  }
});
