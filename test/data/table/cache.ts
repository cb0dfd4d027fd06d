/** Tables that were read once: they come back to the last bit, and whatever is wrong with what is kept, they are read. */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { train } from '../../../src/api/train.js';
import type { ConfigInput } from '../../../src/config/schema.js';
import { cachedTable } from '../../../src/data/table/cache.js';
import type { Table } from '../../../src/data/table/column.js';
import { csvReader } from '../../../src/data/table/csv-reader.js';
import { joined } from '../../../src/data/table/joined.js';
import { jsonlReader } from '../../../src/data/table/jsonl-reader.js';
import type { TableReader, Wanted } from '../../../src/data/table/reader.js';
import { cacheFolder } from '../../../src/machine/cache-folder.js';

const root = t.testdir();
let folders = 0;
const newFolder = () => join(root, `cache${folders++}`);
const tables = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.table'));

/** A table of more than a megabyte, with all types, missing values, and names of all kinds. */
function csv(name: string, rows = 9_000, mark = 'x'): string {
  const names = ['plain', 'né', '😀', '"a, ""b"""', '__proto__', 'n'.repeat(600)];
  const lines = Array.from({ length: rows }, (_, k) =>
    [
      k % 11 === 0 ? '' : k / 7,
      k % 13 === 0 ? 'NA' : names[k % names.length],
      `20${10 + (k % 80)}-0${1 + (k % 9)}-11`,
      k % 5 === 4 ? mark : -k,
    ].join(','),
  );
  const path = join(root, name);
  writeFileSync(path, `number,category,date,mixed\n${lines.join('\n')}\n`);
  return path;
}

const wanted: Wanted = {
  types: new Map(),
  ignore: new Set(),
  cells: { missing: new Set(['NA']), point: '.' },
};

/** A reader, and how often its rows were read. */
async function counted(path: string) {
  const reader = await csvReader(path, {});
  let reads = 0;
  const counting: TableReader = {
    ...reader,
    read: (into) => {
      reads++;
      return reader.read(into);
    },
  };
  return { reader: counting, reads: () => reads };
}

const content = ({ rows, columns }: Table) => ({
  rows,
  columns: [...columns].map(([name, column]) => [
    name,
    column.type,
    column.type === 'category' ? [...column.names] : undefined,
    Buffer.from(
      new Uint8Array((column.type === 'category' ? column.codes : column.values).slice().buffer),
    ).toString('base64'),
  ]),
});

/** Reads it with the cache. */
async function readWith(path: string, folder: string, options: Partial<Wanted> & { limit?: number } = {}) {
  const { reader, reads } = await counted(path);
  const { limit, ...changes } = options;
  const table = await cachedTable(reader, { ...wanted, ...changes }, { folder, limit });
  return { table, content: content(table), reads: reads() };
}

t.test('the second time the table is there as it was, and its rows are not read', async (t) => {
  const path = csv('first.csv');
  const folder = newFolder();
  const first = await readWith(path, folder);
  t.equal(first.reads, 2, 'twice, as a column began with numbers');
  const second = await readWith(path, folder);
  t.equal(second.reads, 0);
  t.strictSame(second.content, first.content);
  t.strictSame(
    second.content.columns.map(([name, type]) => [name, type]),
    [
      ['number', 'number'],
      ['category', 'category'],
      ['date', 'date'],
      ['mixed', 'category'],
    ],
  );
  t.equal(await second.table.place(3), `${path}:5`);
  t.equal(statSync(folder).mode & 0o077, 0, 'nobody else may look');
  t.equal(tables(folder).length, 1);
});

t.test(
  'another name for the same bytes is the same table; another byte is not, whatever the times say',
  async (t) => {
    const path = csv('time.csv');
    const folder = newFolder();
    await readWith(path, folder);
    const copy = join(root, 'copy.csv');
    writeFileSync(copy, readFileSync(path));
    const again = await readWith(copy, folder);
    t.equal(again.reads, 0);
    t.equal(await again.table.place(3), `${copy}:5`);
    const { atime, mtime } = statSync(path);
    const bytes = readFileSync(path);
    bytes[bytes.lastIndexOf('x')] = 'y'.charCodeAt(0);
    writeFileSync(path, bytes);
    utimesSync(path, atime, mtime);
    const other = await readWith(path, folder);
    t.ok(other.reads > 0, 'the same size and time, and not the same content');
    t.notSame(other.content, again.content);
  },
);

t.test('what cells are taken for makes another table', async (t) => {
  const path = csv('wanted.csv');
  const folder = newFolder();
  await readWith(path, folder);
  const others: Partial<Wanted>[] = [
    { types: new Map([['number', 'category']]) },
    { ignore: new Set(['number']) },
    { cells: { missing: new Set(), point: '.' } },
    { cells: { missing: new Set(['NA']), point: ',' } },
  ];
  for (const other of others) t.ok((await readWith(path, folder, other)).reads > 0);
  const renamed = await csvReader(path, { header: ['a', 'b', 'c', 'd'] });
  const table = await cachedTable(renamed, wanted, { folder });
  t.strictSame([...table.columns.keys()], ['a', 'b', 'c', 'd']);
  t.equal(tables(folder).length, 6);
});

t.test('a damaged file is passed over and written anew', async (t) => {
  const path = csv('damaged.csv');
  const folder = newFolder();
  const { content: right } = await readWith(path, folder);
  const [name] = tables(folder);
  const kept = join(folder, name);
  const whole = readFileSync(kept);
  const flipped = (at: number) => {
    const bytes = Buffer.from(whole);
    bytes[at] ^= 1;
    return bytes;
  };
  const damages: [string, Buffer][] = [
    ['empty', Buffer.alloc(0)],
    ['cut', whole.subarray(0, whole.length >> 1)],
    ['cut by one', whole.subarray(0, -1)],
    ['longer', Buffer.concat([whole, Buffer.alloc(1)])],
    ['a bit of the header length', flipped(6)],
    ['a bit of the header', flipped(12)],
    ['a bit of a value', flipped(whole.length >> 1)],
    ['a bit of the digest', flipped(whole.length - 1)],
    ['something else', Buffer.from('a,b\n1,2\n'.repeat(100))],
  ];
  for (const [what, bytes] of damages) {
    writeFileSync(kept, bytes);
    const { reads, content } = await readWith(path, folder);
    t.equal(reads, 2, what);
    t.strictSame(content, right, what);
    t.ok(readFileSync(kept).equals(whole), `${what}: whole again`);
  }
});

t.test('the folder keeps to its limit: what was used longest ago goes first', async (t) => {
  const folder = newFolder();
  const [a, b, c] = ['a', 'b', 'c'].map((mark) => csv(`limit-${mark}.csv`, 9_000, mark));
  await readWith(a, folder);
  const size = statSync(join(folder, tables(folder)[0])).size;
  const limit = Math.floor(2.5 * size);
  const old = new Date(Date.now() - 60_000);
  for (const name of tables(folder)) utimesSync(join(folder, name), old, old);
  await readWith(b, folder, { limit });
  t.equal((await readWith(a, folder, { limit })).reads, 0, 'both have room; a was used last');
  const [, ofB] = tables(folder).sort(
    (x, y) => statSync(join(folder, y)).mtimeMs - statSync(join(folder, x)).mtimeMs,
  );
  utimesSync(join(folder, ofB), old, old);
  writeFileSync(join(folder, 'yours.txt'), 'x'.repeat(3 * size));
  const stale = join(folder, 'z.part');
  writeFileSync(stale, 'x');
  const yesterday = new Date(Date.now() - 86_400_000);
  utimesSync(stale, yesterday, yesterday);
  await readWith(c, folder, { limit });
  t.equal(tables(folder).length, 2);
  t.notOk(tables(folder).includes(ofB), 'b had to go');
  t.equal((await readWith(a, folder, { limit })).reads, 0);
  t.strictSame(
    readdirSync(folder).filter((name) => !name.endsWith('.table')),
    ['yours.txt'],
    'what is not its own stays',
  );
  const small = newFolder();
  await readWith(a, small, { limit: 1000 });
  t.throws(() => readdirSync(small), { code: 'ENOENT' }, 'more than all of it is not kept');
});

t.test('several at once write the same, and leave one file', async (t) => {
  const path = csv('together.csv');
  const folder = newFolder();
  const all = await Promise.all(Array.from({ length: 4 }, () => readWith(path, folder)));
  for (const { content } of all) t.strictSame(content, all[0].content);
  t.equal(readdirSync(folder).length, 1);
  t.equal((await readWith(path, folder)).reads, 0);
});

t.test('files that are parts know their rows again', async (t) => {
  const folder = newFolder();
  const paths = [csv('train.csv', 9_000), csv('test.csv', 8_800)];
  const open = async () => {
    const [train, test] = await Promise.all(paths.map((path) => csvReader(path, {})));
    return joined(train, undefined, test);
  };
  const first = await open();
  const table = await cachedTable(first, wanted, { folder });
  const second = await open();
  const again = await cachedTable({ ...second, read: () => t.fail('is read') as never }, wanted, { folder });
  t.strictSame(second.parts(), { validation: 0, test: 8_800 });
  t.strictSame(content(again), content(table));
  t.equal(await again.place(9_001), `${paths[1]}:3`);
});

t.test('where there is nothing to keep, or no way to, the table is read', async (t) => {
  const folder = newFolder();
  const small = join(root, 'small.csv');
  writeFileSync(small, 'a\n1\n');
  t.equal((await readWith(small, folder)).reads, 1);
  t.throws(() => readdirSync(folder), { code: 'ENOENT' }, 'a small file is read as soon');
  const path = csv('plain.csv');
  const inTheWay = join(root, 'file');
  writeFileSync(inTheWay, '');
  t.equal((await readWith(path, join(inTheWay, 'cache'))).table.rows, 9_000);
  const { reader } = await counted(path);
  t.equal((await cachedTable(reader, wanted, undefined)).rows, 9_000);
  mkdirSync(folder);
  const changing: TableReader = {
    ...reader,
    read: async (into) => {
      await reader.read(into);
      appendFileSync(path, '1,plain,2020-01-01,2\n');
    },
  };
  await cachedTable(changing, wanted, { folder });
  t.strictSame(readdirSync(folder), [], 'what changed while it was read is not kept');
});

t.test('a run with a table that was kept is the run without: the same bits', async (t) => {
  const folder = newFolder();
  const config: ConfigInput = {
    name: 'kept',
    data: {
      name: 'csv',
      path: csv('run.csv'),
      missing: ['NA'],
      target: 'category',
      ignore: ['date', 'mixed'],
      number: { missing: 'median' },
      columns: { category: { missing: 'drop' } },
    },
    model: { layers: [{ units: 'auto', activation: 'softmax' }] },
    loss: 'cross-entropy',
    train: { batchSize: 4096 },
  };
  const hashes: string[] = [];
  for (const cache of [false, folder, folder]) {
    const { summary } = await train(config, { cache, threads: 1 });
    hashes.push(summary.weightsHash);
    if (cache !== false) t.equal(tables(folder).length, 1);
  }
  t.equal(new Set(hashes).size, 1);
  await t.rejects(train(config, { cache: 7 as never }), {
    message: /^cache: expected true, false or a folder, got 7$/,
  });
});

t.test('where it is', async (t) => {
  const place = { platform: 'linux', cwd: '/here' };
  const cases: [
    asked: boolean | string | undefined,
    env: Record<string, string>,
    folder: string | undefined,
  ][] = [
    [undefined, { XDG_CACHE_HOME: '/x' }, '/x/gradpool'],
    [undefined, { XDG_CACHE_HOME: '/x', GRADPOOL_CACHE: '/y' }, '/y'],
    [true, { GRADPOOL_CACHE: 'y' }, '/here/y'],
    [undefined, { GRADPOOL_CACHE: 'off' }, undefined],
    [false, { GRADPOOL_CACHE: '/y' }, undefined],
    ['z', { GRADPOOL_CACHE: 'off' }, '/here/z'],
  ];
  for (const [asked, env, folder] of cases) t.equal(cacheFolder(asked, { ...place, env }), folder);
  t.match(cacheFolder(true, { ...place, env: { XDG_CACHE_HOME: 'relative' } }), /[/\\]\.cache[/\\]gradpool$/);
});

t.test('the keys of JSON Lines are found once; what is damaged is found once more', async (t) => {
  const path = join(root, 'keys.jsonl');
  const rows = Array.from({ length: 40_000 }, (_, k) => ({
    n: k,
    x: 'abcdefghij',
    ...(k > 29_000 && { list: [k] }),
  }));
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  const cache = { folder: newFolder() };
  const opened = async () => {
    const { names, refused } = await jsonlReader(path, cache);
    return { names, refused: [...(refused ?? [])] };
  };
  const first = await opened();
  t.strictSame(first, { names: ['n', 'x', 'list'], refused: [['list', 'holds a list in line 29002']] });
  t.strictSame(await opened(), first);
  const [name, ...others] = readdirSync(cache.folder);
  t.ok(name.endsWith('.names') && others.length === 0);
  const kept = join(cache.folder, name);
  const [, text] = readFileSync(kept, 'utf8').split('\n');
  const write = (json: string, hashed = json) =>
    writeFileSync(kept, `${createHash('sha256').update(hashed).digest('hex')}\n${json}`);
  write(text.replace('"x"', '"z"'));
  t.strictSame((await opened()).names, ['n', 'z', 'list'], 'the file is not read for them');
  write(text.replace('"x"', '"y"'), text);
  t.strictSame(await opened(), first, 'damaged');
  writeFileSync(path, `${JSON.stringify({ other: 1 })}\n${readFileSync(path, 'utf8')}`);
  t.strictSame((await opened()).names, ['other', 'n', 'x', 'list'], 'another file');
  t.equal(readdirSync(cache.folder).length, 2);
  const other = newFolder();
  await readWith(csv('room.csv'), other);
  const { size } = statSync(join(other, tables(other)[0]));
  await readWith(csv('room.csv'), cache.folder, { limit: size });
  t.strictSame(readdirSync(cache.folder), tables(other), 'they make room as tables do');
});
