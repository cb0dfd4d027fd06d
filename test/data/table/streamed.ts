/** Tables larger than memory: row for row what they are in memory, the same bits for any threads and after any resume. */
import '../../helpers/bare.js';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import t from 'tap';
import { type Config, configSchema } from '../../../src/config/schema.js';
import { Trainer } from '../../../src/coordinator/trainer.js';
import { openData } from '../../../src/data/index.js';
import type { DataContext, DataSource, DataWindow } from '../../../src/data/source.js';
import { csvReader } from '../../../src/data/table/csv-reader.js';
import { readTable, type Wanted } from '../../../src/data/table/reader.js';
import { storedTable } from '../../../src/data/table/to-stored.js';
import { TableWriter } from '../../../src/formats/table-file.js';
import { openStored } from '../../../src/formats/table-rows.js';
import { describeSource } from '../../../src/look/describe.js';
import { realDisk } from '../../../src/machine/disk.js';
import type { RunOptions } from '../../../src/protocol.js';
import { keyed } from '../../../src/random.js';
import { newestCheckpoint } from '../../../src/runs/checkpoints.js';
import { csvLine, fields, header, rulesOf, targets } from '../../helpers/table.js';

const folder = t.testdir({ tmp: {} });
const path = (name: string) => join(folder, name);
// Where there is no cache, columns are kept there.
process.env.TMPDIR = path('tmp');
const nothingLeft = (t: { strictSame(found: unknown, wanted: unknown): unknown }) =>
  t.strictSame(readdirSync(path('tmp')), []);

const numbers = ['size', 'income', 'age', 'sold', 'price', 'weight'];
const names = [...header, 'weight'];
/** As `fields`, and a weight. */
const cells = (row: number, set: string) => [...fields(row, set), String(1 + (row % 3))];

const formats = {
  csv: (set: string, rows: number) =>
    [names, ...Array.from({ length: rows }, (_, row) => cells(row, set))]
      .map((line) => `${csvLine(line)}\n`)
      .join(''),
  jsonl: (set: string, rows: number) =>
    Array.from({ length: rows }, (_, row) => {
      const value = (text: string, k: number) =>
        text === '' || text === '?' ? null : numbers.includes(names[k]) ? Number(text) : text;
      return `${JSON.stringify(Object.fromEntries(cells(row, set).map((text, k) => [names[k], value(text, k)])))}\n`;
    }).join(''),
  parquet: (set: string, rows: number) => {
    const columnData = names.map((name, k) => {
      const isNumber = numbers.includes(name);
      const data = Array.from({ length: rows }, (_, row) => {
        const text = cells(row, set)[k];
        return text === '' || text === '?' ? null : isNumber ? Number(text) : text;
      });
      return { name, data, type: isNumber ? ('DOUBLE' as const) : ('STRING' as const), nullable: true };
    });
    return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 100 }));
  },
};
type Format = keyof typeof formats;

function file(format: Format, set: string, rows: number): string {
  const name = path(`${set}-${rows}.${format}`);
  writeFileSync(name, formats[format](set, rows));
  return name;
}

const dataOf = <More extends object>(name: Format, rows: number, more: More) => ({
  name,
  ...rulesOf(Math.floor(rows / 5), true),
  ...more,
});

const plainConfig = { model: { layers: [{ units: 'auto', activation: 'softmax' }] }, loss: 'cross-entropy' };
const opened = (data: object, context: DataContext): Promise<DataSource> =>
  openData(configSchema.parse({ name: 'x', data, ...plainConfig }).data, context);

/** Rows of a source: all of its own, or those that are streamed and after them those that are not. */
async function rowsOf(source: DataSource) {
  const { features: width, targets, stream, parts } = source;
  const held = parts.validation + parts.test;
  const outputs = targets.kind === 'class' ? 1 : targets.outputs;
  const make = (rows: number): DataWindow => ({
    features: new Float64Array(rows * width),
    targets: targets.kind === 'class' ? new Uint8Array(rows) : new Float64Array(rows * outputs),
    ...(source.hasWeights && { weights: new Float64Array(rows) }),
  });
  const listed = ({ features, targets: y, weights = new Float64Array() }: DataWindow, from = 0) => ({
    features: [...features.subarray(from * width)],
    targets: [...y.subarray(from * outputs)],
    weights: [...weights.subarray(from)],
  });
  const window = make(source.rows);
  await source.read(window);
  if (stream === undefined) return listed(window);
  const streamed = make(stream.rows);
  for (let first = 0; first < stream.rows; first += 37) {
    await stream.read(first, Math.min(37, stream.rows - first), streamed, first);
  }
  const [all, rest] = [listed(streamed), listed(window, source.rows - held)];
  return {
    features: [...all.features, ...rest.features],
    targets: [...all.targets, ...rest.targets],
    weights: [...all.weights, ...rest.weights],
  };
}

const stream = { block: '32 rows', window: '200 rows' };

for (const format of ['csv', 'jsonl', 'parquet'] as const) {
  t.test(`${format}: row for row what the table is in memory`, async (t) => {
    const parts = {
      train: file(format, 'train', 250),
      validation: file(format, 'validation', 40),
      test: file(format, 'test', 30),
    };
    const of = [
      { takes: 'classes', target: 'kind', weight: 'weight' },
      { takes: 'classes', target: 'sold' },
      { takes: 'binary', target: ['sold', 'member'] },
      { takes: 'binary', target: { column: 'member', classes: ['yes', 'no'] } },
      { takes: 'values', target: { columns: ['price', 'sold'], scale: 'standard' } },
    ] as const;
    for (const { takes, ...given } of of) {
      const ignore = targets.filter((name) => !JSON.stringify(given.target).includes(`"${name}"`));
      const weightless = 'weight' in given ? [] : ['weight'];
      const data = dataOf(format, 250, { path: parts, ...given, ignore: [...ignore, ...weightless] });
      const context = { seed: 3, targets: takes };
      const plain = await opened(data, context);
      const streamed = await opened({ ...data, stream }, context);
      t.strictSame(await rowsOf(streamed), await rowsOf(plain), JSON.stringify(given));
      for (const key of ['parts', 'slots', 'outputs', 'targets', 'preprocessing', 'columns'] as const) {
        t.strictSame(streamed[key], plain[key], key);
      }
      t.strictSame(streamed.spec, { ...plain.spec, stream });
      const described = { name: 'x', family: format, seed: 3, rows: 4 };
      t.strictSame(await describeSource(streamed, described), await describeSource(plain, described));
      nothingLeft(t);
      await streamed.stream?.close?.();
    }
  });
}

t.test('rows that a rule drops are in no part', async (t) => {
  const data = dataOf('csv', 300, {
    path: file('csv', 'drop', 300),
    target: 'kind',
    ignore: ['sold', 'member', 'price', 'weight'],
    columns: { age: { missing: 'drop' }, color: { missing: 'category' }, city: { missing: 'drop' } },
  });
  const split = (validation: number, test: number) => ({ name: 'random', validation, test });
  const context = { seed: 1, targets: 'classes' } as const;
  // The same without these rows, in their order.
  const lines = readFileSync(data.path, 'utf8').split('\n');
  writeFileSync(path('kept.csv'), lines.filter((_, k) => k === 0 || (k - 1) % 7 !== 3).join('\n'));
  const plain = await opened({ ...data, path: { train: path('kept.csv') } }, context);
  const all = await opened({ ...data, split: split(0, 0), stream }, context);
  t.equal(all.dropped, 43);
  t.strictSame(all.preprocessing, plain.preprocessing);
  const width = plain.features;
  const inMemory = (await rowsOf(plain)).features;
  const streamed = (await rowsOf(all)).features;
  let at = 0;
  for (let row = 0; row < 300; row++) {
    const isThere = row % 7 !== 3;
    t.equal(all.stream?.isTrain(row), isThere);
    if (isThere) {
      t.strictSame(
        streamed.slice(row * width, (row + 1) * width),
        inMemory.slice(at * width, (at + 1) * width),
        `row ${row}`,
      );
      at++;
    }
  }
  for (const [validation, test] of [
    [20, 0.1],
    [0.5, 0.4],
  ]) {
    const some = await opened({ ...data, split: split(validation, test), stream }, context);
    const { parts } = some;
    t.equal(parts.train + parts.validation + parts.test, 257);
    const trained = Array.from({ length: 300 }, (_, row) => some.stream?.isTrain(row));
    t.equal(trained.filter(Boolean).length, parts.train);
    const perBlock = Array.from({ length: 10 }, (_, block) => some.stream?.trainRowsOf(block) ?? 0);
    t.equal(
      perBlock.reduce((sum, rows) => sum + rows),
      parts.train,
    );
    t.ok(
      trained.every((isTrain, row) => !(isTrain && row % 7 === 3)),
      'no row that was dropped',
    );
    await some.read({
      features: new Float64Array(some.rows * some.features),
      targets: new Uint8Array(some.rows),
    });
    await some.stream?.close?.();
  }
  await all.stream?.close?.();
});

const configOf = (data: object, changes: { train?: object } = {}): Config =>
  configSchema.parse({
    name: 'streamed',
    seed: 5,
    engine: 'wasm',
    data,
    model: {
      init: 'glorot-uniform',
      layers: [
        { units: 7, activation: 'tanh' },
        { units: 'auto', activation: 'softmax' },
      ],
    },
    loss: 'cross-entropy',
    optimizer: 'adam',
    train: {
      batchSize: 30,
      epochs: 3,
      shards: 4,
      checkpoint: { every: '7 steps', keep: 100 },
      ...changes.train,
    },
  });

async function run(config: Config, options: Partial<RunOptions> = {}) {
  const given = { threads: 2, runDir: null, version: 'test', ...options };
  return (await new Trainer().train(config, given, () => {})).summary;
}

const usual = {
  target: 'kind',
  ignore: ['sold', 'member', 'price'],
  weight: 'weight',
  stream: { block: '16 rows', window: '300 rows' },
};

t.test('the same bits for any threads, from any format, and after a resume at any step', async (t) => {
  const configs = (['csv', 'jsonl', 'parquet'] as const).map((format) =>
    configOf(dataOf(format, 700, { path: file(format, 'run', 700), ...usual })),
  );
  const [config] = configs;
  const { weightsHash, bestHash } = await run(config, { threads: 1 });
  for (const other of configs) {
    const again = await run(other, { threads: 3 });
    t.strictSame([again.weightsHash, again.bestHash], [weightsHash, bestHash]);
  }
  for (const untilStep of [5, 21, 38]) {
    const runDir = path(`run-${untilStep}`);
    await run(config, { runDir, untilStep });
    const { found, damaged } = await newestCheckpoint(realDisk, runDir);
    const resume = { checkpoint: found?.path ?? null, damaged, force: false };
    t.equal(
      (await run(config, { runDir, resume, threads: 1 })).weightsHash,
      weightsHash,
      `step ${untilStep}`,
    );
    rmSync(runDir, { recursive: true });
  }
  nothingLeft(t);
});

t.test('weights of rows and of classes count in rows that are streamed', async (t) => {
  const rows = Array.from({ length: 600 }, (_, row) => {
    const random = keyed('weights', row);
    const isYes = random.below(4) === 0;
    const x = random.normal() + Number(isYes);
    return `${x},${isYes ? 'yes' : 'no'},${isYes ? 2.5 : 1},1,0\n`;
  });
  const table = path('weights.csv');
  writeFileSync(table, `x,y,w,one,none\n${rows.join('')}`);
  const yes = rows.filter((row) => row.includes('yes')).length;
  const hash = async (
    weight: string | undefined,
    classWeights?: object | string,
    more = {},
    validation = 0,
  ) => {
    const ignore = ['w', 'one', 'none'].filter((name) => name !== weight);
    const split = { name: 'random', validation, test: 0 };
    const data = { name: 'csv', path: table, target: 'y', ignore, weight, stream: usual.stream, split };
    return (await run(configOf(data, { train: { classWeights, ...more } }))).weightsHash;
  };
  const plain = await hash(undefined);
  t.equal(await hash('one'), plain);
  t.not(await hash('w'), plain);
  t.equal(await hash(undefined, { yes: 2.5 }), await hash('w'), 'of a class as of its rows');
  const balanced = { yes: 600 / (2 * yes), no: 600 / (2 * (600 - yes)) };
  t.equal(await hash(undefined, 'balanced'), await hash(undefined, balanced));
  t.not(await hash(undefined, 'balanced'), plain);
  // Where rows for validation lie between those that a shard has of its own.
  const averaging = 'hosts';
  const inLanes = await hash('w', undefined, { averaging }, 100);
  t.equal(await hash(undefined, { yes: 2.5 }, { averaging }, 100), inLanes);
  t.not(await hash(undefined, undefined, { averaging }, 100), inLanes);
  await t.rejects(hash('none'), { message: /^data\.weight: every weight of the training rows is 0/ });
  await t.rejects(hash(undefined, { yes: 0, no: 0 }), { message: /^train\.classWeights: every class/ });
});

t.test(
  'the cache: one file for tables in memory and streamed ones; a damaged one is read anew',
  async (t) => {
    const table = file('csv', 'cached', 12_000);
    const cache = path('cache');
    const data = dataOf('csv', 12_000, {
      path: table,
      ...usual,
      stream: { window: '3000 rows', block: '500 rows' },
    });
    const config = configOf(data, { train: { epochs: 1, batchSize: 300 } });
    const { weightsHash } = await run(config);
    nothingLeft(t);
    t.equal((await run(config, { cache })).weightsHash, weightsHash);
    const [name, ...others] = readdirSync(cache);
    t.match(name, /\.table$/);
    t.strictSame(others, []);
    const whole = readFileSync(join(cache, name));
    const { stream: _, ...inMemory } = data as typeof data & { stream: object };
    const context = { seed: 5, targets: 'classes', cache } as const;
    const fingerprint = async () => {
      const source = await opened(data, context);
      await source.stream?.close?.();
      return source.stream?.fingerprint();
    };
    const first = await fingerprint();
    for (const at of [0, whole.length >> 1, whole.length - 60, whole.length - 36, whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= 1;
      writeFileSync(join(cache, name), damaged);
      t.equal((await run(config, { cache })).weightsHash, weightsHash, `byte ${at}`);
      t.ok(readFileSync(join(cache, name)).equals(whole), 'and written anew');
    }
    const kept = await rowsOf(await opened(inMemory, context));
    t.strictSame(readdirSync(cache), [name], 'the table in memory is made of it');
    rmSync(cache, { recursive: true });
    t.strictSame(await rowsOf(await opened(inMemory, context)), kept);
    t.strictSame(readdirSync(cache), [name]);
    t.equal(await fingerprint(), first, 'whoever wrote it');
    nothingLeft(t);
  },
);

const wanted: Wanted = {
  types: new Map(),
  ignore: new Set(),
  cells: { missing: new Set(), point: '.' },
};

t.test('columns of many segments, and those that turn out to be another type', async (t) => {
  const table = path('long.csv');
  const lines = Array.from({ length: 140_000 }, (_, k) =>
    [k / 3, `t${k % 9}`, k < 1312_000 ? '' : 'late', k < 70_000 ? k : 'x'].join(),
  );
  writeFileSync(table, `n,c,late,mixed\n${lines.join('\n')}\n`);
  const reader = await csvReader(table, {});
  const right = await readTable(reader, wanted);
  const stored = await storedTable(reader, wanted, undefined);
  t.equal(stored.rows, 140_000);
  for (const [name, column] of right.columns) {
    t.strictSame(await stored.read(name, 0, 140_000), column, name);
    for (const first of [0, 65_535, 65_536, 131_000, 139_990]) {
      const part = await stored.read(name, first, 10);
      const values = column.type === 'category' ? column.codes : column.values;
      const found = part.type === 'category' ? part.codes : part.values;
      t.strictSame([...found], [...values.subarray(first, first + 10)], `${name} from ${first}`);
    }
  }
  await stored.close();
  nothingLeft(t);
});

t.test('a text that keeps a column from numbers is told, as in memory', async (t) => {
  const table = path('stray.csv');
  const rows = Array.from({ length: 400 }, (_, k) => `${k === 77 ? 'n/a' : k},${k % 2 ? 'yes' : 'no'}`);
  writeFileSync(table, `x,y\n${rows.join('\n')}\n`);
  const data = { name: 'csv', path: table, target: 'y', category: { unseen: 'ignore' } };
  const context = { seed: 1, targets: 'classes' } as const;
  const whole = await opened(data, context);
  const source = await opened({ ...data, stream }, context);
  t.match(source.notes?.[0], /stray\.csv:79: column "x": "n\/a" is no number/);
  t.equal(source.notes?.[0], whole.notes?.[0]);
  await source.stream?.close?.();
});

t.test('a file of columns is what was written, wherever its segments lie', async (t) => {
  const random = keyed('segments');
  const values = Float64Array.from({ length: 1000 }, () => random.normal());
  const codes = Int32Array.from({ length: 1000 }, () => random.below(3) - 1);
  const digests = new Set<string | undefined>();
  for (const size of [1000, 300, 7]) {
    const name = path(`columns-${size}`);
    const handle = await open(name, 'wx+');
    const writer = new TableWriter(handle);
    const [a, b] = [writer.column('a'), writer.column('b')];
    b.put(values);
    b.forget();
    for (let at = 0; at < 1000; at += size) {
      a.put(values.subarray(at, at + size));
      b.put(codes.subarray(at, at + size));
    }
    const heads = new Map([
      ['a', { type: 'number' as const }],
      ['b', { type: 'category' as const, names: ['é', '\ud800'] }],
    ]);
    writer.finish(1000, [600, 1000], heads);
    await handle.close();
    const stored = await openStored(name);
    digests.add(stored?.digest);
    for (const [first, rows] of [
      [0, 1000],
      [299, 2],
      [998, 2],
    ]) {
      t.strictSame(await stored?.read('a', first, rows), {
        type: 'number',
        values: values.slice(first, first + rows),
      });
      t.strictSame(await stored?.read('b', first, rows), {
        type: 'category',
        names: ['é', '\ud800'],
        codes: codes.slice(first, first + rows),
      });
    }
    t.strictSame(stored?.ends, [600, 1000]);
    await stored?.close();
  }
  t.equal(digests.size, 1, 'the content alone decides');
});

t.test('what is refused, with file, row and column', async (t) => {
  const table = path('bad.csv');
  const rows = Array.from(
    { length: 200 },
    (_, k) => `${k === 150 ? '' : k},${k === 160 ? 'odd' : 'ab'[k % 2]}`,
  );
  writeFileSync(table, `x,y\n${rows.join('\n')}\n`);
  const data = { name: 'csv', path: table, target: 'y', stream };
  const context = { seed: 1, targets: 'classes' } as const;
  const split = (more: object) => opened({ ...data, split: more }, context);
  await t.rejects(opened(data, context), { message: /bad\.csv:152: column "x": a value is missing/ });
  await t.rejects(opened({ ...data, target: 'x' }, { ...context, targets: 'values' }), {
    message: /bad\.csv:152: column "x": the target is missing/,
  });
  const few = { ...data, target: 'x', columns: { x: { missing: 'drop' } } };
  const held = { name: 'random', validation: 0.5, test: 0.3 };
  let told = 0;
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const source = opened({ ...few, split: held }, { seed, targets: 'values' });
    const message = await source.then(
      (found) => found.stream?.close?.().then(() => ''),
      (error) => String(error.message),
    );
    if (message) {
      told++;
      t.match(message, /bad\.csv:162: column "y" is "odd", which no training row has/);
    }
  }
  t.ok(told > 0, 'before anything is learned');
  await t.rejects(split({ name: 'time', column: 'x' }), { message: /^data\.split: expected "random" for/ });
  await t.rejects(split({ name: 'random', stratify: true }), {
    message: /streamed data take validation, test/,
  });
  await t.rejects(split({ name: 'random', validation: 100, test: 100 }), { message: /rows to be left for/ });
  await t.rejects(opened({ ...data, stream: { window: 'large' } }, context), {
    message: /data\.stream\.window/,
  });
  const wide = path('names.csv');
  writeFileSync(
    wide,
    `id,y\n${Array.from({ length: (1 << 20) + 1 }, (_, k) => `i${k},${k % 2}\n`).join('')}`,
  );
  await t.rejects(opened({ ...data, path: wide }, context), {
    message:
      /names\.csv: column "id" has more different texts than are kept .*ignore it \(data\.ignore: \[id\]\)/,
  });
  nothingLeft(t);
});

t.test('where a cache cannot be written to, columns are kept without a name', async (t) => {
  const table = file('csv', 'nowhere', 12_000);
  const inTheWay = path('in-the-way');
  writeFileSync(inTheWay, '');
  mkdirSync(path('limit'));
  const reader = await csvReader(table, {});
  const right = await readTable(reader, wanted);
  for (const cache of [{ folder: join(inTheWay, 'cache') }, { folder: path('limit'), limit: 1000 }]) {
    const stored = await storedTable(reader, wanted, cache);
    for (const [name, column] of right.columns) t.strictSame(await stored.read(name, 0, 12_000), column);
    await stored.close();
  }
  t.strictSame(readdirSync(path('limit')), []);
  nothingLeft(t);
});
