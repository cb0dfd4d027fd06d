/** Rows that are drawn, equally often by class or as often as they weigh: the same bits for any threads and after any resume. */
import '../helpers/bare.js';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Config, ConfigInput } from '../../src/config/schema.js';
import { Trainer } from '../../src/coordinator/trainer.js';
import { Workspace } from '../../src/coordinator/workspace.js';
import type { DataSource } from '../../src/data/source.js';
import { realDisk } from '../../src/machine/disk.js';
import { Pool } from '../../src/pool/pool.js';
import type { RunOptions, TrainEvent } from '../../src/protocol.js';
import { newestCheckpoint } from '../../src/runs/checkpoints.js';
import { view } from '../../src/shared/arena.js';
import { smallConfig, smallSource } from '../helpers/small.js';

const pool = new Pool(3);
t.teardown(() => pool.close());

const ROWS = 1000;
/** Class 0 is 90 in 100, class 1 has 9, class 2 a single one; no row is of class 3. */
const classOf = (row: number) => (row % 100 === 0 ? 2 : row % 10 === 3 ? 1 : 0);
const train = Uint32Array.from({ length: 800 }, (_, k) => k + 100);

function source(kind: 'codes' | 'one-hot' | 'binary' = 'codes'): DataSource {
  const outputs = kind === 'binary' ? 1 : 4;
  const small = smallSource(ROWS, 5, outputs);
  const rest = Uint32Array.from({ length: 100 }, (_, row) => row);
  return {
    ...small,
    targets:
      kind === 'codes'
        ? { kind: 'class', classes: 4, type: 'uint8' }
        : { kind: 'values', outputs, type: 'float64' },
    parts: { train: 800, validation: 100, test: 100 },
    split: () => ({ train, validation: rest, test: rest }),
    async read(window) {
      await small.read({ ...window, targets: new Float64Array(ROWS * outputs) });
      for (let row = 0; row < ROWS; row++) {
        const k = classOf(row);
        if (kind === 'codes') window.targets[row] = k;
        else if (kind === 'binary') window.targets[row] = Number(k > 0);
        else
          for (let output = 0; output < 4; output++) window.targets[row * 4 + output] = Number(k === output);
      }
    },
  };
}

const data = { name: 'mnist', balance: 'classes' } as const;
const weightOf = (row: number) => [0, 1, 3.5][row % 3];
/** With weights of its own. */
function weighted(of = source()): DataSource {
  return {
    ...of,
    hasWeights: true,
    async read(window) {
      await of.read(window);
      for (let row = 0; row < ROWS; row++) (window.weights as Float64Array)[row] = weightOf(row);
    },
  };
}
const schedule = {
  batchSize: 30,
  epochs: 4,
  shards: 4,
  validate: { every: '11 steps' },
  checkpoint: { every: '7 steps', keep: 100 },
} as const;
const configOf = (changes: Partial<ConfigInput> = {}) => smallConfig({ data, train: schedule, ...changes });
const drawn = (sampling: 'balanced' | 'weighted' | 'shuffle', more: ConfigInput['train'] = {}) =>
  configOf({ data: { name: 'mnist' }, train: { ...schedule, ...more, sampling } });

async function orders(config: Config, given: DataSource, epochs: readonly number[]): Promise<number[][]> {
  const workspace = await Workspace.open(config, given, 2, { pool });
  try {
    const { memory, layout } = workspace.setup;
    return epochs.map((epoch) => {
      workspace.prepareOrder(epoch);
      const slot = (epoch % layout.orderSlots) * train.length;
      return [...view(memory, layout.order).subarray(slot, slot + train.length)];
    });
  } finally {
    await workspace.close();
  }
}

async function run(options: Partial<RunOptions> = {}, config = configOf(), given = source()) {
  const events: TrainEvent[] = [];
  const { summary } = await new Trainer().train(
    config,
    { threads: 2, runDir: null, version: 'test', ...options },
    (event) => events.push(event),
    { source: given, pool },
  );
  return { summary, events };
}

const deviation = (count: number, share: number, draws: number) =>
  Math.abs(count - draws * share) / Math.sqrt(draws * share * (1 - share));

t.test('every class that is there comes equally often, and so does every row of a class', async (t) => {
  const epochs = Array.from({ length: 40 }, (_, k) => k);
  const draws = epochs.length * train.length;
  for (const kind of ['codes', 'one-hot'] as const) {
    const rows = (await orders(configOf(), source(kind), epochs)).flat();
    const times = new Map<number, number>();
    for (const row of rows) times.set(row, (times.get(row) ?? 0) + 1);
    t.ok(
      [...times.keys()].every((row) => train.includes(row)),
      'training rows alone',
    );
    for (const k of [0, 1, 2]) {
      const own = [...train].filter((row) => classOf(row) === k);
      const counts = own.map((row) => times.get(row) ?? 0);
      const all = counts.reduce((sum, count) => sum + count, 0);
      t.ok(deviation(all, 1 / 3, draws) < 4, `class ${k}: ${all} of ${draws}`);
      t.ok(
        counts.every((count) => deviation(count, 1 / (3 * own.length), draws) < 5),
        `rows of class ${k}`,
      );
    }
  }
});

t.test('yes and no are classes too', async (t) => {
  const layers = [{ units: 1, activation: 'sigmoid' }] as const;
  const config = smallConfig({ data, loss: 'binary-cross-entropy', model: { layers } });
  const rows = (await orders(config, source('binary'), [0, 1, 2, 3])).flat();
  const yes = rows.filter((row) => classOf(row) > 0).length;
  t.ok(deviation(yes, 1 / 2, rows.length) < 4, `${yes} of ${rows.length}`);
});

t.test('rows come as often as they weigh, and their loss is weighed in evaluations alone', async (t) => {
  const epochs = Array.from({ length: 40 }, (_, k) => k);
  const rows = (await orders(drawn('weighted'), weighted(), epochs)).flat();
  const total = train.reduce((sum, row) => sum + weightOf(row), 0);
  const times = new Map<number, number>();
  for (const row of rows) times.set(row, (times.get(row) ?? 0) + 1);
  for (const row of train) {
    const count = times.get(row) ?? 0;
    if (weightOf(row) === 0) t.equal(count, 0, 'a row of weight 0 never comes');
    else t.ok(deviation(count, weightOf(row) / total, rows.length) < 5, `row ${row}: ${count}`);
  }
  t.equal(
    rows.every((row) => row >= 100),
    true,
    'training rows alone',
  );
  const workspace = await Workspace.open(drawn('weighted'), weighted(), 2, { pool });
  t.equal(workspace.setup.layout.w[0].length, 0, 'nothing is weighed in a step');
  await workspace.close();
  const { summary, events } = await run({}, drawn('weighted'), weighted());
  t.match(events[0], { sampling: /^drawn as often as they weigh/, weighted: ['rows'] });
  for (const threads of [1, 3]) {
    const other = await run({ threads }, drawn('weighted'), weighted());
    t.equal(other.summary.weightsHash, summary.weightsHash);
  }
  const classes = await run({}, drawn('weighted', { classWeights: { '1': 2 } }), weighted());
  t.not(classes.summary.weightsHash, summary.weightsHash, 'classes weigh all the same');
});

t.test('data.balance is train.sampling: balanced by an older name, and shuffle is the default', async (t) => {
  const { summary } = await run();
  t.equal((await run({}, drawn('balanced'))).summary.weightsHash, summary.weightsHash);
  const plain = await run({}, configOf({ data: { name: 'mnist' } }));
  t.equal((await run({}, drawn('shuffle'))).summary.weightsHash, plain.summary.weightsHash);
  t.equal(configOf().train.sampling, undefined, 'nothing is written where nothing is said');
});

t.test('an order follows from seed and epoch alone; without balance each row comes once', async (t) => {
  const [first, second] = await orders(configOf(), source(), [0, 1]);
  t.notSame(first, second);
  const [later, again] = await orders(configOf(), source(), [1, 0]);
  t.strictSame([again, later], [first, second]);
  t.notSame((await orders(configOf({ seed: 2 }), source(), [0]))[0], first);
  const [plain] = await orders(configOf({ data: { name: 'mnist' } }), source(), [0]);
  t.notSame(plain, [...train]);
  t.strictSame(
    plain.sort((a, b) => a - b),
    [...train],
  );
});

t.test('the same bits for any number of threads, and after any resume', async (t) => {
  const { summary, events } = await run();
  t.equal(events[0].event === 'start' && events[0].balanced, true);
  for (const threads of [1, 3]) t.equal((await run({ threads })).summary.weightsHash, summary.weightsHash);
  const plain = await run({}, configOf({ data: { name: 'mnist' } }));
  t.not(plain.summary.weightsHash, summary.weightsHash);
  t.notOk(plain.events[0].event === 'start' && plain.events[0].balanced);
  for (const untilStep of [3, 27, 40, 95]) {
    const runDir = join(t.testdir(), `run-${untilStep}`);
    await run({ runDir, untilStep });
    const { found, damaged } = await newestCheckpoint(realDisk, runDir);
    const resume = { checkpoint: found?.path ?? null, damaged, force: false };
    const { summary: resumed } = await run({ runDir, resume, threads: 1 });
    t.equal(resumed.weightsHash, summary.weightsHash, `stopped after step ${untilStep}`);
    rmSync(runDir, { recursive: true });
  }
});

t.test('what cannot be balanced is refused', async (t) => {
  const refused = (config: Config, given: DataSource, message: RegExp) =>
    t.rejects(Workspace.open(config, given, 1, { pool }), { name: 'UserError', message });
  const layers = [{ units: 4 }] as const;
  await refused(
    configOf({ loss: 'mean-squared-error', model: { layers } }),
    smallSource(ROWS, 5, 4, 'real'),
    /^data\.balance: needs one class a row, .* are regression; leave it out$/,
  );
  await refused(
    configOf({ loss: 'binary-cross-entropy', model: { layers: [{ units: 4, activation: 'sigmoid' }] } }),
    smallSource(ROWS, 5, 4, 'binary'),
    /^data\.balance: needs one class a row, .* are multi-label;/,
  );
  await refused(
    configOf({ train: { ...schedule, classWeights: 'balanced' } }),
    source(),
    /^data\.balance: .* train\.classWeights: balanced would weigh the rare ones once more; leave either out$/,
  );
  const stream = {
    rows: ROWS,
    block: 10,
    perWindow: 10,
    isTrain: () => true,
    trainRowsOf: () => 10,
    read: async () => {},
    fingerprint: async () => '',
  };
  await refused(
    configOf(),
    { ...source(), stream },
    /^data\.balance: expected rows that all lie in memory, and data\.stream reads them block by block/,
  );
  await refused(
    drawn('weighted'),
    source(),
    /^train\.sampling: "weighted" needs rows with weights, .* \(data\.weight\)/,
  );
  await refused(
    drawn('weighted'),
    { ...weighted(), stream },
    /^train\.sampling: expected rows that all lie in memory, and data\.stream/,
  );
  await refused(
    configOf({ train: { ...schedule, sampling: 'weighted' } }),
    weighted(),
    /^data\.balance: says that classes come equally often, and train\.sampling is "weighted"; leave either out$/,
  );
  t.throws(() => configOf({ data: { name: 'mnist', balance: 'rows' } as never }));
  t.throws(() => drawn('random' as never));
});
