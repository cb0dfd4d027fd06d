/** Rows that a program gives one by one: the same bits as from memory, at the reader's pace, and mistakes are told. */
import '../helpers/bare.js';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import t from 'tap';
import { crossValidate } from '../../src/api/cross-validate.js';
import { gradcheck } from '../../src/api/gradcheck.js';
import { resume } from '../../src/api/resume.js';
import { train } from '../../src/api/train.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { memory } from '../../src/data/memory.js';
import { stream } from '../../src/data/stream.js';
import { IterableRows, rowsGiven, serveRows } from '../../src/machine/rows-given.js';
import { contentOf, plainTable } from '../helpers/sources.js';

const ROWS = 1500;
const rows = Array.from({ length: ROWS }, (_, k) => ({
  a: (k * 7) % 10,
  b: k % 9 === 0 ? null : (k * 3) % 8,
  city: `c${k % 4}`,
  when: new Date(1e12 + k * 1e8),
  id: BigInt(k) + 2n ** 60n,
  label: (k * 7) % 10 > (k * 3) % 8 ? 'more' : 'less',
}));
const table = { target: 'label', ignore: ['id'], number: { missing: { name: 'median' } } };
const pairs = rows.map(({ a, b, label }) => [[a, b ?? 0], label] as const);

const config = (data: object, epochs = 2): ConfigInput => ({
  name: 'stream',
  data: data as ConfigInput['data'],
  model: {
    layers: [
      { units: 4, activation: 'tanh' },
      { units: 'auto', activation: 'softmax' },
    ],
  },
  loss: 'cross-entropy',
  train: { batchSize: 50, epochs },
});
type Asked = Parameters<typeof stream.open>[0] & Parameters<typeof memory.open>[0];
const hashOf = async (data: object, threads = 1) =>
  (await train(config(data), { threads })).summary.weightsHash;

/** What a generator of a program does: it waits now and then. */
async function* given<T>(items: readonly T[], gone?: { ended?: boolean }) {
  try {
    for (const [k, item] of items.entries()) {
      if (k % 500 === 0) await later(1);
      yield item;
    }
  } finally {
    if (gone) gone.ended = true;
  }
}

/** An iterator that counts how many rows were asked for. */
function counted(rowAt: (k: number) => unknown) {
  const count = { asked: 0, returned: 0 };
  const iterator = {
    [Symbol.asyncIterator]: () => iterator,
    next: async () => ({ done: false, value: rowAt(count.asked++) }),
    return: async () => {
      count.returned++;
      return { done: true, value: undefined };
    },
  };
  return { iterator, count };
}

/** What a family makes of data. */
async function madeOf(family: typeof stream | typeof memory, data: object) {
  const source = await family.open({ ...plainTable, ...data } as unknown as Asked, {
    seed: 1,
    targets: 'classes',
  });
  const { featureType, preprocessing, spec } = source;
  return { featureType, content: await contentOf(source), preprocessing, spec: { ...spec, name: '' } };
}

t.test('the same bits as from memory, for all forms and any number of threads', async (t) => {
  const expected = await hashOf({ ...table, name: 'memory', rows });
  t.equal(await hashOf({ ...table, name: 'stream', rows: given(rows) }), expected);
  t.equal(await hashOf({ ...table, name: 'stream', rows: () => given(rows) }, 3), expected);
  const made = await madeOf(memory, { ...table, rows });
  // The same object again and again, with other values.
  const one: Record<string, unknown> = {};
  const again = function* () {
    for (const row of rows) yield Object.assign(one, row);
  };
  for (const form of [given(rows), () => given(rows), rows, new Set(rows), again]) {
    t.strictSame(await madeOf(stream, { ...table, rows: form }), made, 'and recorded as the same');
  }
});

t.test('pairs of features and target', async (t) => {
  const features = pairs.map(([x]) => x);
  const target = pairs.map(([, y]) => y);
  const expected = await hashOf({ name: 'memory', features, target, scale: 'standard' });
  t.equal(await hashOf({ name: 'stream', features: given(pairs), scale: 'standard' }, 2), expected);
  for (const Type of [Uint8Array, Int16Array, Float32Array, Uint32Array]) {
    const buffer = new Type(2);
    const typed = function* () {
      for (const [x, y] of pairs) {
        buffer.set(x);
        yield [buffer, y];
      }
    };
    const made = await madeOf(memory, { features: Type.from(features.flat()), width: 2, target });
    const { spec, ...streamed } = await madeOf(stream, { features: typed, width: 2 });
    const { spec: expectedSpec, ...given } = made;
    t.strictSame(streamed, given, Type.name);
    const { features: x, target: y } = expectedSpec as unknown as Record<string, { recorded: object }>;
    t.strictSame((spec as unknown as Record<string, unknown>).features, {
      recorded: { ...x.recorded, target: y.recorded },
    });
  }
});

t.test('a run is recorded without its rows, and goes on when the same are handed over again', async (t) => {
  const runDir = join(t.testdir(), 'run');
  const configOf = (epochs: number, from = 0) =>
    config({ ...table, name: 'stream', rows: () => given(rows.slice(from)) }, epochs);
  await train(configOf(2), { threads: 1, runDir });
  const { config: written } = JSON.parse(readFileSync(join(runDir, 'config.json'), 'utf8'));
  t.match(written.data, { name: 'stream', rows: { recorded: { rows: ROWS, sha256: /^[0-9a-f]{64}$/ } } });
  const { summary } = await resume(runDir, { threads: 1, config: configOf(3) });
  t.equal(summary.weightsHash, (await train(configOf(3), { threads: 1 })).summary.weightsHash);
  await t.rejects(resume(runDir, { overrides: { epochs: 4 } }), {
    message: /^data\.rows: the run's data were in a program's memory/,
  });
  await t.rejects(resume(runDir, { config: configOf(4, 1) }), { name: 'UserError', message: /sha256/ });
});

t.test('what an iterable throws comes out as it is, with the number of the row', async (t) => {
  class Lost extends Error {}
  const error = new Lost('the connection is gone');
  for (const at of [0, 1200]) {
    const failing = async function* () {
      yield* rows.slice(0, at);
      throw error;
    };
    Reflect.deleteProperty(error, 'row');
    const thrown = await train(config({ ...table, name: 'stream', rows: failing })).catch((e) => e);
    t.equal(thrown, error, 'the very object');
    t.equal(thrown.row, at);
  }
  const odd = function* () {
    yield rows[0];
    throw 'a text';
  };
  t.equal(await train(config({ ...table, name: 'stream', rows: odd })).catch((e) => e), 'a text');
});

t.test('an abort ends the iterable, whether it waits or not', async (t) => {
  const reason = new Error('enough');
  const stop = new AbortController();
  const endless = counted((k) => {
    if (k === 5000) stop.abort(reason);
    return rows[k % ROWS];
  });
  await t.rejects(
    train(config({ ...table, name: 'stream', rows: endless.iterator }), { signal: stop.signal }),
    reason,
  );
  t.equal(endless.count.returned, 1);
  const { asked } = endless.count;
  await later(20);
  t.equal(endless.count.asked, asked, 'nothing is asked for any more');

  const second = new AbortController();
  let returned = 0;
  const stuck = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        setTimeout(() => second.abort(reason), 5);
        return new Promise<never>(() => {});
      },
      return: () => {
        returned++;
        return new Promise<never>(() => {});
      },
    }),
  };
  await t.rejects(
    train(config({ ...table, name: 'stream', rows: stuck }), { signal: second.signal }),
    reason,
  );
  t.equal(returned, 1);
});

t.test('an iterable whose rows are refused is ended', async (t) => {
  const gone: { ended?: boolean } = {};
  const mixed = [...rows.slice(0, 1200), { ...rows[0], a: 'many' }, ...rows];
  await t.rejects(train(config({ ...table, name: 'stream', rows: given(mixed, gone) })), {
    name: 'UserError',
    message:
      /^data\.rows\[1200\]: column "a": expected a value of the type that the rows before have, got "many"; .*read once/,
  });
  // A generator that waits for something hears of it after that.
  for (let k = 0; !gone.ended && k < 500; k++) await later(10);
  t.ok(gone.ended);
});

t.test('no more is asked for than one batch that is used and one that is on its way', async (t) => {
  for (const [columns, batch] of [
    [1, 1024],
    [1000, 65],
    [70_000, 1],
  ]) {
    const row = Object.fromEntries(Array.from({ length: columns }, (_, k) => [`c${k}`, 0]));
    const { iterator, count } = counted(() => row);
    const { port1, port2 } = new MessageChannel();
    serveRows(port1, new IterableRows(iterator, 'data.rows'), 'data.rows', (error) => t.fail(String(error)));
    const read = rowsGiven(port2, 'data.rows');
    await later(5);
    t.equal(count.asked, 0, 'nothing before somebody wants rows');
    // Of the first batch nobody knows how long rows are.
    let used = 0;
    for (let k = 0; k < 3; k++) {
      used += (await read.next())?.length ?? 0;
      await later(20);
      t.ok(count.asked - used <= batch, `${count.asked - used} of ${columns} columns ahead`);
    }
    t.equal(count.asked, used + batch, 'one batch is made while another is used');
    const closed = once(port1, 'close');
    await read.close();
    await closed;
    t.equal(count.returned, 1);
  }
});

t.test('cross-validation and gradcheck take them too; a generator gives its rows once', async (t) => {
  const data = { ...table, name: 'stream', rows: () => given(rows.slice(0, 200)) };
  const { results } = await crossValidate(config(data, 1), { folds: 2, threads: 1 });
  t.equal(results.length, 2);
  await t.rejects(crossValidate(config({ ...data, rows: given(rows) }, 1), { folds: 2, threads: 1 }), {
    message: /^data\.rows: expected rows, got none; a generator gives its rows once: hand over a function/,
  });
  const checked = await gradcheck(config(data), { threads: 1, rows: 4, overrides: { seed: 3 } });
  t.ok(checked);
  const { summary } = await train(config({ ...data, rows: given(rows) }), { overrides: { epochs: 1 } });
  t.equal(summary.epochs, 1, 'overrides are put in place of other values');
});

t.test('says what does not fit', async (t) => {
  const column = { ...plainTable, target: 'y', split: { name: 'random', validation: 0, test: 0 } };
  const { target: _, ...bare } = column;
  const cases: [data: object, message: RegExp][] = [
    [{ ...column }, /^data: expected rows or features, got neither; a program hands them over/],
    [{ ...column, rows: [], features: [] }, /^data: expected rows or features, got both/],
    [{ ...bare, rows: [{ x: 1, y: 2 }] }, /^data\.target: expected the column that is to be predicted/],
    [{ ...column, rows: 'x.csv' }, /^data\.rows: expected an iterable, .* got string$/],
    [{ ...column, rows: () => 3 }, /^data\.rows: expected an iterable, .* got number from the function$/],
    [
      { ...column, rows: { [Symbol.iterator]: () => ({ next: () => 5 }) } },
      /^data\.rows: expected an iterator whose next\(\) gives \{ value, done \}, got 5 for row 0/,
    ],
    [
      { ...column, rows: { [Symbol.asyncIterator]: () => 5 } },
      /^data\.rows: expected an iterator, with a method next, got 5/,
    ],
    [
      { ...bare, features: [[[1, Number.NaN], 1]] },
      /^data\.features\[0\]\[0\]\[1\]: expected a finite number, got NaN/,
    ],
    [{ ...column, rows: [{}] }, /^data\.rows\[0\]: expected a value for each column, got none/],
    [{ ...column, rows: [{ x: 1, y: 2 }, [1, 2]] }, /^data\.rows\[1\]: expected an object/],
    [
      {
        ...column,
        rows: [
          { x: 1, y: 2 },
          { x: 1, yy: 2 },
        ],
      },
      /^data\.rows\[1\]: has a column "yy" that the first row does not have; did you mean "y"\?; give every column/,
    ],
    [{ ...column, rows: [{ x: 1, y: 2 }, { x: 3 }] }, /^data\.rows\[1\]: column "y": the target is missing/],
    [
      { ...column, rows: [{ x: [1], y: 2 }] },
      /^data\.rows\[0\]: column "x": .* got a list; leave the column out/,
    ],
    [
      {
        ...column,
        columns: { x: { type: 'number' } },
        rows: [
          { x: 1, y: 2 },
          { x: 'a', y: 2 },
        ],
      },
      /^data\.rows\[1\]: column "x": expected a plain number, .* got "a"/,
    ],
    [{ ...column, rows: [{ x: 1, y: 2 }], width: 2 }, /^data\.width: is for features/],
    [
      { ...column, features: [[[1], 2]] },
      /^data\.target: is for rows of columns, and pairs bring their targets/,
    ],
    [{ ...bare, features: [] }, /^data\.features: expected rows, got none/],
    [
      { ...bare, features: [[1, 2]] },
      /^data\.features\[0\]\[0\]: expected numbers, an array or a typed array/,
    ],
    [
      { ...bare, features: [[[1], 2], [[1, 2]]] },
      /^data\.features\[1\]: expected a pair of features and target/,
    ],
    [
      {
        ...bare,
        features: [
          [[1], 2],
          [[1, 2], 1],
        ],
      },
      /^data\.features\[1\]\[0\]: expected 1 numbers as in the first row, got 2/,
    ],
    [
      { ...bare, width: 3, features: [[[1], 2]] },
      /^data\.features\[0\]\[0\]: expected 3 numbers \(data\.width\), got 1/,
    ],
    [
      {
        ...bare,
        features: [
          [[1], 2],
          [Float32Array.of(1), 1],
        ],
      },
      /^data\.features\[1\]\[0\]: expected an array as in the first row, got Float32Array/,
    ],
    [
      {
        ...bare,
        features: [
          [[1], 2],
          [[3], Number.NaN],
        ],
      },
      /^data\.target\[1\]: expected a finite number to predict/,
    ],
    [
      { ...column, rows: { recorded: { rows: 1 } } },
      /^data\.rows: the run's data were in a program's memory/,
    ],
  ];
  for (const [data, message] of cases) {
    await t.rejects(stream.open(data as unknown as Asked).then(contentOf), { name: 'UserError', message });
  }
  const numbers = { ...column, columns: { x: { type: 'category' } } };
  const source = await stream.open({
    ...numbers,
    rows: [
      { x: 1, y: 1 },
      { x: 'b', y: 2 },
    ],
  } as unknown as Asked);
  t.match(source.preprocessing?.columns, [{ type: 'category', categories: ['1', 'b'] }]);
});

t.test(
  'more rows than are to lie in memory: read block by block, the same bits for any threads',
  async (t) => {
    const data = (windows: object) => ({
      name: 'stream',
      ...table,
      rows: given(rows),
      split: { name: 'random', validation: 100, test: 100 },
      stream: windows,
    });
    const small = { block: '50 rows', window: '450 rows' };
    const found = [await hashOf(data(small), 1), await hashOf(data(small), 3)];
    t.equal(found[0], found[1]);
    t.not(await hashOf(data({ ...small, window: '900 rows' })), found[0], 'another window is another order');
    await t.rejects(hashOf({ name: 'stream', features: pairs, stream: small }), {
      name: 'UserError',
      message: /^data\.stream: is for rows of columns/,
    });
  },
);
