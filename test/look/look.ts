/** What a look at files finds: how they are written, what is to be predicted, what is no input. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import t from 'tap';
import { describeFile } from '../../src/look/describe.js';
import { isTableName, lookAt, stemOf } from '../../src/look/index.js';
import { profileOf, strayNotes } from '../../src/look/profile.js';
import { guessTarget, isClassNumber, isCounter, whyIgnored } from '../../src/look/roles.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-look-'));
t.teardown(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** What a configuration has to be told of a file. */
const told = async (name: string, content: string | Uint8Array) => {
  const { family, findings } = await lookAt(file(name, content));
  return { family, ...Object.fromEntries(findings.map(({ key, value }) => [key, value])) };
};

const profiled = async (content: string) => profileOf(await lookAt(file('table.csv', content)));
const rowsOf = (head: string, count: number, row: (k: number) => string) =>
  `${head}\n${Array.from({ length: count }, (_, k) => row(k)).join('\n')}\n`;

t.test('a plain CSV file needs nothing said', async (t) => {
  t.same(await told('plain.csv', 'a,b\n1,x\n2,y\n'), { family: 'csv' });
  t.same(await told('packed.csv.gz', gzipSync('a,b\n1,x\n2,y\n')), { family: 'csv' });
  t.same(await told('tabs.tsv', 'a\tb\n1\tx\n2\ty\n'), { family: 'csv' });
  t.same(await told('mark.csv', '\ufeffa,b\n1,x\n2,y\n'), { family: 'csv' });
});

t.test('delimiters, decimal commas, spaces', async (t) => {
  t.same(await told('semi.csv', 'a;b\n1,5;x\n2,25;y\n'), { family: 'csv', delimiter: ';', decimal: ',' });
  t.same(await told('tabs.csv', 'a\tb\n1.5\tx, y\n2\ty, z\n'), { family: 'csv', delimiter: 'tab' });
  t.same(await told('bars.txt', 'a|b|c\n1|x|3\n2|y|4\n'), { family: 'csv', delimiter: '|' });
  t.same(await told('quoted.csv', 'a,b\n1,"x;y;z"\n2,"u;v;w"\n'), { family: 'csv' });
  t.same(await told('blanks.csv', 'a, b\n1, "x"\n2, y\n'), { family: 'csv', trim: true });
  t.same(await told('padded.csv', 'a,b\n1, x\n2, y\n'), { family: 'csv', trim: true });
  // One field among many with a space is what its author meant.
  t.same(await told('space.csv', 'a,b\n1, x\n2,y\n'), { family: 'csv' });
});

t.test('encodings', async (t) => {
  const text = 'name;count\nZürich;1\nGenève;2\n';
  t.same(await told('latin.csv', Buffer.from(text, 'latin1')), {
    family: 'csv',
    delimiter: ';',
    encoding: 'latin1',
  });
  const le = Buffer.from(text, 'utf16le');
  t.same(await told('le.csv', le), { family: 'csv', delimiter: ';', encoding: 'utf-16le' });
  t.same(await told('be.csv', Buffer.from(le).swap16()), {
    family: 'csv',
    delimiter: ';',
    encoding: 'utf-16be',
  });
  const { rows, columns } = await profileOf(await lookAt(join(folder, 'latin.csv')));
  t.same(
    [rows, columns[0].counts],
    [
      2,
      [
        ['Genève', 1],
        ['Zürich', 1],
      ],
    ],
  );
});

t.test('a first line of values is none of names', async (t) => {
  t.same(await told('bare.csv', '39, State-gov\n50, Private\n38, Private\n'), {
    family: 'csv',
    header: ['column1', 'column2'],
    trim: true,
  });
  // Years as names above numbers, beside a name above names.
  t.same(await told('wide.csv', 'land,2007,2008\nA,1.5,2\nB,3.25,4\n'), {
    family: 'csv',
    header: ['column1', 'column2', 'column3'],
  });
  t.same(await told('mixed.csv', 'x,2008\n1,2\n3,4\n'), { family: 'csv' });
  t.same(await told('texts.csv', 'a,b\nb,a\na,b\nb,b\n'), { family: 'csv', header: ['column1', 'column2'] });
  t.same(await told('names.csv', 'p,q\nb,a\na,b\n'), { family: 'csv' });
  // A gap in the first row is no name.
  t.same(await told('gaps.csv', '1,NA\n2,3\n4,5\n'), { family: 'csv', header: ['column1', 'column2'] });
});

/** A table of two columns, and one that no table can have. */
const nested = (): Buffer => {
  const columnData = [
    { name: 'n', data: [1, 2, null] },
    { name: 'class', data: ['a', 'NA', 'b'] },
    { name: 'list', data: [[1], [2], [3]] },
  ];
  const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' } as const;
  return Buffer.from(
    parquetWriteBuffer({
      columnData,
      schema: [
        { name: 'root', num_children: 3 },
        { name: 'n', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
        { name: 'class', ...text },
        { name: 'list', converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'INT32', repetition_type: 'OPTIONAL' },
      ],
    }),
  );
};

t.test(
  'JSON Lines and Parquet say themselves what they hold; what no table can have is refused by name',
  async (t) => {
    const lines = [
      '{"n": 1, "class": "a", "list": null}',
      '{"n": 2, "class": "NA", "list": [2]}',
      '{"class": "b"}',
    ].join('\n');
    for (const [name, content, why] of [
      ['a.jsonl', lines, 'holds a list in line 2'],
      ['a.ndjson.gz', gzipSync(lines), 'holds a list in line 2'],
      ['a.json', lines, 'holds a list in line 2'],
      ['a.parquet', nested(), 'is a list'],
    ] as const) {
      const looked = await lookAt(file(name, content));
      t.same([looked.family, looked.findings], [name === 'a.parquet' ? 'parquet' : 'jsonl', []], name);
      const profile = await profileOf(looked);
      t.same([...profile.refused], [['list', why]]);
      t.same(profile.tokens, ['NA']);
      t.same(
        profile.columns.map(({ name, type, missing, distinct }) => [name, type, missing, distinct]),
        [
          ['n', 'number', 1, 2],
          ['class', 'category', 1, 2],
        ],
      );
      t.match((await describeFile(looked.reader.where, 1)).columns[2], {
        name: 'list',
        role: 'ignored',
        becomes: why,
      });
    }
  },
);

t.test('a text among numbers is told with its place', async (t) => {
  const numbers = (odd: string) => rowsOf('x,y', 50, (k) => `${k === 6 ? odd : k / 2},${'ab'[k % 2]}`);
  const notesOn = async (content: string) => {
    const looked = await lookAt(file('odd.csv', content));
    return strayNotes(looked, await profileOf(looked));
  };
  t.match(await notesOn(numbers('12o')), [
    /odd\.csv:8: column "x": "12o" is no number and the column's other values are/,
  ]);
  // What means a missing value is none, digits with a zero before them are names, and so are three values.
  t.same(await notesOn(numbers('NA')), []);
  t.same(await notesOn(numbers('007')), []);
  t.same(await notesOn(rowsOf('x,y', 50, (k) => `${k % 7 ? k % 2 : 'other'},${'ab'[k % 2]}`)), []);
});

t.test('what is no table', async (t) => {
  await t.rejects(lookAt(file('a.xlsx', 'x')), {
    name: 'UserError',
    message: /a\.xlsx: expected a data file whose name ends in \.csv, .*\.csv\.gz/,
  });
  await t.rejects(lookAt(join(folder, 'none.xyz')), { message: /none\.xyz: no such file/ });
  await t.rejects(lookAt(file('a.npy', 'x')), {
    message: /a\.npy: is an array .* data: \{ name: npy, features: .*a\.npy, target: y\.npy \}/,
  });
  await t.rejects(lookAt(file('train-ubyte', 'x')), { message: /is an IDX file, .* name: idx/ });
  await t.rejects(lookAt(folder), { message: /is a folder, .* name: images/ });
  await t.rejects(lookAt(join(folder, 'none.csv')), { message: /none\.csv: no such file/ });
  await t.rejects(lookAt(file('one.csv', 'a,b\n')), { message: /expected a line of column names, and rows/ });
  await t.rejects(lookAt(file('ragged.csv', 'a,b\n1,2\n3\n4,5,6\n')), {
    message: /ragged\.csv:3: expected 2 fields/,
  });
  await t.rejects(profiled('a,a\n1,2\n'), { message: /two named "a"/ });
  t.same(['a.CSV', 'b.tsv.gz', 'c.yaml', 'data'].map(isTableName), [true, true, false, false]);
  t.same(['x/penguins.csv.gz', 'y.tsv', 'a.b.csv'].map(stemOf), ['penguins', 'y', 'a.b']);
});

t.test('texts that mean that nothing is there', async (t) => {
  const profile = await profiled('a,b,c\n1,?,x\nNA,y,-\n3,z,x\n,z,y\n');
  t.same(profile.tokens, ['NA', '?', '-']);
  t.same(
    profile.columns.map(({ name, type, missing, distinct, tokens }) => ({
      name,
      type,
      missing,
      distinct,
      tokens,
    })),
    [
      { name: 'a', type: 'number', missing: 2, distinct: 2, tokens: ['NA'] },
      { name: 'b', type: 'category', missing: 1, distinct: 2, tokens: ['?'] },
      { name: 'c', type: 'category', missing: 1, distinct: 2, tokens: ['-'] },
    ],
  );
});

t.test('what is to be predicted', async (t) => {
  const guess = async (head: string, row: (k: number) => string, count = 30) =>
    guessTarget(await profiled(rowsOf(head, count, row)));
  t.match(await guess('target,x', (k) => `${k % 2},${k / 3}`), { column: 'target', why: 'by its name' });
  t.match(await guess('species,size,year', (k) => `${'abc'[k % 3]},${k / 3},${2000 + (k % 3)}`), {
    column: 'species',
  });
  t.match(await guess('u,v', (k) => `${k / 3},${k / 7}`), { column: 'v', why: 'the last column' });
  t.match(await guess('price,x,y,z', (k) => `${k / 2},${k / 3},${k / 5},${k / 7}`), { column: 'price' });
  t.match(await guess('x,y', (k) => `${k / 3},${k / 5}`), { column: 'y', why: /by its name/ });
  // The last one is a date, a counter, a text of its own in each row.
  t.same(await guess('u,v,day', (k) => `${k % 5},${k / 7},2024-01-${10 + (k % 9)}`), {
    candidates: ['u', 'v'],
  });
  t.same(await guess('u,n', (k) => `${k % 5},${k}`), { candidates: ['u'] });
  t.same(await guess('u,name', (k) => `${k % 5},t${k}`), { candidates: ['u'] });
  t.same(await guess('label,class,n', (k) => `${k % 2},${k % 3},${k}`), { candidates: ['label', 'class'] });
  t.same(await guess('n,name', (k) => `${k},t${k}`), { candidates: [] });
});

t.test('what is no input', async (t) => {
  const profile = await profiled(
    rowsOf('id,user_id,name,same,gaps,x,city', 40, (k) =>
      [k + 1, 100 + 7 * k, `person ${k}`, 'x', k % 2 ? 'y' : '', (k * 13) % 7, `c${k % 5}`].join(','),
    ),
  );
  t.same(
    profile.columns.map((column) => whyIgnored(column, profile.rows)),
    [
      'counts the rows',
      'is another number in each row, and called an id',
      'is another text in each row',
      'is the same in every row',
      undefined,
      undefined,
      undefined,
    ],
  );
  t.ok(isCounter(profile.columns[0]));
  t.notOk(isCounter(profile.columns[1]));
});

t.test('numbers that are names of classes', async (t) => {
  const profile = await profiled(
    rowsOf('two,three,many,half', 100, (k) => `${k % 2 ? 1.5 : 2},${k % 3},${k % 40},${(k % 3) / 2}`),
  );
  t.same(
    profile.columns.map((column) => isClassNumber(column, profile.rows)),
    [true, true, false, false],
  );
});
