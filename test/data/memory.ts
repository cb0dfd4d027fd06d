/** Data from a program's memory: all forms give the same bits, runs are recorded, go on, and mistakes are told. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { resume } from '../../src/api/resume.js';
import { train } from '../../src/api/train.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { memory } from '../../src/data/memory.js';
import type { TrainEvent } from '../../src/protocol.js';
import { contentOf, plainTable } from '../helpers/sources.js';

const rows = Array.from({ length: 60 }, (_, r) => [(r * 7) % 10, (r * 3) % 8, r % 5]);
const labels = rows.map(([a, b]) => (a > b ? 'more' : 'less'));
const flat = Float32Array.from(rows.flat());
const config = (data: object): ConfigInput => ({
  name: 'memory',
  data: {
    name: 'memory',
    scale: 'standard',
    split: { name: 'random', stratify: true },
    ...data,
  } as ConfigInput['data'],
  model: {
    layers: [
      { units: 4, activation: 'tanh' },
      { units: 'auto', activation: 'softmax' },
    ],
  },
  loss: 'cross-entropy',
  train: { batchSize: 8, epochs: 2 },
});
type Asked = Parameters<typeof memory.open>[0];
const hashOf = async (data: object, threads = 1) =>
  (await train(config(data), { threads })).summary.weightsHash;

t.test('all forms of the same data are the same rows, and cross to the thread that trains', async (t) => {
  const split = { name: 'random', validation: 0.1, test: 0.1 };
  const shared = new Float32Array(new SharedArrayBuffer(flat.byteLength));
  shared.set(flat);
  const forms: [data: object, type: string][] = [
    [{ features: flat, width: 3, target: labels }, 'float32'],
    [{ features: shared, width: 3, target: labels }, 'float32'],
    [{ features: rows, target: labels }, 'float64'],
    [{ features: rows.map((row) => Uint8Array.from(row)), target: labels }, 'uint8'],
    // In the order of their names: less is 0.
    [
      { features: flat, width: 3, target: Uint8Array.from(labels, (label) => (label === 'more' ? 1 : 0)) },
      'float32',
    ],
    [{ features: Int16Array.from(flat), width: 3, target: labels.map((label) => label === 'more') }, 'int32'],
  ];
  for (const [data, type] of forms) {
    const source = await memory.open({ ...plainTable, split, ...data } as unknown as Asked, {
      seed: 1,
      targets: 'classes',
    });
    t.equal(source.featureType, type);
    t.strictSame(await contentOf(source), {
      features: rows.flat(),
      targets: labels.map((label) => (label === 'more' ? 1 : 0)),
    });
  }
  t.equal(await hashOf(forms[1][0], 2), await hashOf(forms[2][0]), 'the same bits');
});

t.test('a run is recorded without its data, and goes on when they are handed over again', async (t) => {
  const runDir = join(t.testdir(), 'run');
  const given = config({ features: flat, width: 3, target: labels });
  await train(given, { threads: 1, runDir });
  const { config: written } = JSON.parse(readFileSync(join(runDir, 'config.json'), 'utf8'));
  t.match(written.data, {
    name: 'memory',
    features: { recorded: { rows: 60, values: 180, type: 'float32', sha256: /^[0-9a-f]{64}$/ } },
    target: { recorded: { values: 60, sha256: /^[0-9a-f]{64}$/ } },
  });
  const more = { ...given, train: { ...given.train, epochs: 3 } };
  const result = await resume(runDir, { threads: 1, config: more });
  t.equal(result.summary.weightsHash, (await train(more, { threads: 1 })).summary.weightsHash);
  await t.rejects(resume(runDir, { threads: 1, overrides: { epochs: 4 } }), {
    message: /^data\.features: the run's data were in a program's memory, .* resume\(folder, \{ config \}\)/,
  });
  const other = flat.slice();
  other[0]++;
  const changed = config({ features: other, width: 3, target: labels });
  await t.rejects(
    resume(runDir, { threads: 1, config: { ...changed, train: { ...changed.train, epochs: 4 } } }),
    {
      name: 'UserError',
      message: /sha256/,
    },
  );
});

t.test('what no thread can be handed is refused, and nothing keeps the process', async (t) => {
  const code = `import { train } from ${JSON.stringify(new URL('../../src/index.js', import.meta.url).href)};
    const rows = [{ a: 1, f: () => 1, y: 'p' }, { a: 2, f: () => 1, y: 'q' }];
    await train({ name: 'f', data: { name: 'memory', rows, target: 'y', ignore: ['f'] }, loss: 'cross-entropy',
      model: { layers: [{ units: 'auto', activation: 'softmax' }] } }).catch((error) => console.log(error.name, error.message));`;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  t.match(
    stdout,
    /^UserError data: expected values that can be handed to the thread that trains, got others: /,
  );
  t.equal(status, 0, 'it ends');
});

t.test('rows of objects are a table', async (t) => {
  const objects = rows.map(([a, b], r) => ({
    a,
    b: r === 7 ? null : b,
    id: BigInt(r) + 2n ** 60n,
    ok: a > 4,
    when: new Date(1e12 + r * 1e8),
    label: labels[r],
  }));
  const events: TrainEvent[] = [];
  const data = {
    name: 'memory',
    rows: objects,
    target: 'label',
    ignore: ['id'],
    number: { missing: 'median' },
  } as const;
  await train({ ...config({}), data }, { threads: 1, onEvent: (event) => events.push(event) });
  const [start] = events;
  t.strictSame(
    start.event === 'start' &&
      start.columns?.map(({ name, type, missing, role }) => [name, type, missing, role]),
    [
      ['a', 'number', 0, 'input'],
      ['b', 'number', 1, 'input'],
      ['id', 'category', 0, 'ignored'],
      ['ok', 'category', 0, 'input'],
      ['when', 'date', 0, 'input'],
      ['label', 'category', 0, 'target'],
    ],
  );
  const split = { name: 'random', validation: 0, test: 0 };
  const column = { ...plainTable, target: 'y', split };
  const numbers = [{ y: 1, x: 2 }, { y: 3 }];
  await t.rejects(memory.open({ ...column, rows: numbers }).then(contentOf), {
    message: /^data\.rows\[1\]: column "x": a value is missing/,
  });
  const ids = await memory.open({
    ...column,
    rows: [
      { y: 1, x: 2n ** 53n },
      { y: 2, x: 2n ** 53n + 1n },
    ],
  });
  t.match(ids.preprocessing?.columns, [
    { type: 'category', categories: ['9007199254740992', '9007199254740993'] },
  ]);
});

t.test('says what does not fit', async (t) => {
  const split = { name: 'random', validation: 0, test: 0 };
  const cases: [data: object, message: RegExp][] = [
    [{ target: [1] }, /^data: expected features or rows, got neither; they are handed over by a program/],
    [{ features: flat, rows: [], width: 3, target: labels }, /^data: expected features or rows, got both/],
    [
      { features: flat, target: labels },
      /^data\.width: expected how many values of data\.features are a row/,
    ],
    [
      { features: flat, width: 7, target: labels },
      /expected rows of 7 values \(data\.width\), got 180 values/,
    ],
    [
      { features: [[1, 2], [3]], target: [1, 2] },
      /^data\.features\[1\]: expected 2 numbers as in the first row, got 1/,
    ],
    [
      { features: [[1], ['2']], target: [1, 2] },
      /^data\.features\[1\]\[0\]: expected a number, got a string/,
    ],
    [
      { features: new BigInt64Array(2), width: 1, target: [1, 2] },
      /expected numbers, got BigInt64Array; convert it/,
    ],
    [{ features: 'x.npy', target: [1] }, /expected a typed array .* got a string/],
    [
      { features: [[1], [2]], target: [1] },
      /^data\.target: expected a target for each of 2 rows of features, got 1/,
    ],
    [
      { features: [[1], [2]], target: ['a', 1] },
      /^data\.target\[1\]: expected a string as before, got a number/,
    ],
    [
      { features: [[1], [2]], target: [1, Number.NaN] },
      /^data\.target\[1\]: expected a finite number to predict/,
    ],
    [
      { features: [[1], [Number.NaN]], target: [1, 2] },
      /^data\.features\[1\]\[0\]: expected a finite number, got NaN/,
    ],
    [
      { rows: [{ x: [1], y: 2 }], target: 'y' },
      /^data\.rows\[0\]: column "x": .* got a list; leave the column out/,
    ],
    [{ rows: [1], target: 'y' }, /^data\.rows\[0\]: expected an object/],
    [{ rows: [{ x: 1, y: 2 }], target: 'y', width: 2 }, /^data\.width: is for features/],
  ];
  for (const [data, message] of cases) {
    const given = { ...plainTable, split, ...data } as unknown as Asked;
    await t.rejects(memory.open(given).then(contentOf), { name: 'UserError', message });
  }
});
