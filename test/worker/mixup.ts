/** mixup: what is drawn, what becomes of rows and targets, the same bits for any threads, right gradients, what it refuses. */
import '../helpers/bare.js';
import t from 'tap';
import type { ConfigInput } from '../../src/config/schema.js';
import { checkGradients } from '../../src/coordinator/gradcheck.js';
import { mixupOf } from '../../src/coordinator/mixup.js';
import { networkOf } from '../../src/coordinator/network.js';
import { Trainer } from '../../src/coordinator/trainer.js';
import { Workspace } from '../../src/coordinator/workspace.js';
import type { DataSource } from '../../src/data/source.js';
import { realDisk } from '../../src/machine/disk.js';
import { Pool } from '../../src/pool/pool.js';
import type { RunOptions } from '../../src/protocol.js';
import { newestCheckpoint } from '../../src/runs/checkpoints.js';
import { view } from '../../src/shared/arena.js';
import { Mixture } from '../../src/worker/mixup.js';
import { smallConfig, smallSource } from '../helpers/small.js';

const pool = new Pool(3);
t.teardown(() => pool.close());

t.test('λ is of Beta(α, α), and partners are a permutation: functions of seed and step', async (t) => {
  const n = 20_000;
  for (const alpha of [0.05, 0.2, 1, 8]) {
    const mixture = new Mixture(3, 2, alpha);
    const shares = Array.from({ length: n }, (_, step) => {
      mixture.draw(step, 2);
      return mixture.share;
    });
    const mean = (of: (x: number) => number) => shares.reduce((sum, x) => sum + of(x), 0) / n;
    const variance = 1 / (4 * (2 * alpha + 1));
    t.ok(Math.abs(mean((x) => x) - 0.5) < 4 * Math.sqrt(variance / n), `mean of ${alpha}`);
    const fourth = mean((x) => (x - 0.5) ** 4);
    const off = Math.abs(mean((x) => (x - 0.5) ** 2) - variance);
    t.ok(off < 4 * Math.sqrt((fourth - variance ** 2) / n), `variance of ${alpha}: ${off} off`);
    t.ok(shares.every((x) => x >= 0 && x <= 1));
    // Of Beta(1, 1) all are as likely, and of the others few or many lie in the middle.
    if (alpha === 1) t.ok(Math.abs(mean((x) => Number(x < 0.25)) - 0.25) < 4 * Math.sqrt(0.1875 / n));
  }
  const mixture = new Mixture(3, 5, 0.2);
  const times = new Map<string, number>();
  for (let step = 0; step < 12_000; step++) {
    mixture.draw(step, 5);
    times.set(mixture.partners.join(), (times.get(mixture.partners.join()) ?? 0) + 1);
  }
  t.equal(times.size, 120, 'all permutations come');
  t.ok([...times.values()].every((count) => Math.abs(count - 100) < 50));
  const drawn = (seed: number, step: number) => {
    const other = new Mixture(seed, 5, 0.2);
    other.draw(step, 5);
    return [other.share, ...other.partners];
  };
  t.same(drawn(3, 11_999), [mixture.share, ...mixture.partners], 'whatever was drawn before');
  t.notSame(drawn(4, 11_999), drawn(3, 11_999));
  t.notSame(drawn(3, 2 ** 32 + 7), drawn(3, 7));
});

const train = {
  batchSize: 24,
  epochs: 3,
  shards: 4,
  mixup: { alpha: 0.4 },
  checkpoint: { every: '4 steps', keep: 100 },
} as const;
const configOf = (changes: Partial<ConfigInput> = {}) => smallConfig({ train, ...changes });
const source = smallSource(101, 5, 4);

async function run(options: Partial<RunOptions> = {}, config = configOf(), given: DataSource = source) {
  const asked = { threads: 2, runDir: null, version: 'test', ...options };
  return (await new Trainer().train(config, asked, () => {}, { source: given, pool })).summary;
}

t.test('rows and targets are mixed as the formula says', async (t) => {
  const open = async (mixup: boolean) => {
    const { mixup: given, ...rest } = train;
    const changes = {
      model: { precision: 'float64' as const },
      train: { ...rest, ...(mixup && { mixup: given }) },
    };
    const workspace = await Workspace.open(smallConfig(changes), source, 2, { pool });
    try {
      workspace.prepareOrder(0);
      await workspace.supervisor.run({ kind: 'gradients' });
      const { memory, layout } = workspace.setup;
      t.equal(layout.mix !== undefined, mixup);
      return { x: [...view(memory, layout.x[0])], y: [...view(memory, layout.y[0])] };
    } finally {
      await workspace.close();
    }
  };
  const [plain, mixed] = [await open(false), await open(true)];
  const mixture = new Mixture(1, 24, 0.4);
  mixture.draw(0, 24);
  const wanted = (values: number[], cols: number) =>
    values.map((value, i) => {
      const other = values[mixture.partners[Math.floor(i / cols)] * cols + (i % cols)];
      return mixture.share * value + (1 - mixture.share) * other;
    });
  t.same(mixed.x, wanted(plain.x, 5));
  t.same(mixed.y, wanted(plain.y, 4));
  t.ok(
    mixed.y.some((value) => value > 0 && value < 1),
    'soft targets',
  );
});

t.test('the same bits for any threads and after a resume; others than without', async (t) => {
  const { mixup: _, ...plain } = train;
  for (const precision of ['float32', 'float64'] as const) {
    const config = configOf({ model: smallConfig({ model: { precision } }).model as ConfigInput['model'] });
    const { weightsHash } = await run({}, config);
    for (const threads of [1, 3]) t.equal((await run({ threads }, config)).weightsHash, weightsHash);
  }
  const { weightsHash } = await run();
  t.not((await run({}, configOf({ train: plain }))).weightsHash, weightsHash);
  t.not((await run({}, configOf({ train: { ...train, mixup: {} } }))).weightsHash, weightsHash, 'α counts');
  // Where a step is taken in parts, rows are mixed with those of the whole step.
  const shards = { ...train, averaging: 'shards' } as const;
  const whole = await run({}, configOf({ train: shards }));
  const parts = configOf({ train: { ...shards, batchSize: 6, shards: 1, accumulate: 4 } });
  t.equal((await run({}, parts)).weightsHash, whole.weightsHash, 'as in one minibatch');
  const runDir = t.testdir();
  await run({ runDir: `${runDir}/run`, untilStep: 7 });
  const { found, damaged } = await newestCheckpoint(realDisk, `${runDir}/run`);
  const resume = { checkpoint: found?.path ?? null, damaged, force: false };
  t.equal((await run({ runDir: `${runDir}/run`, resume, threads: 1 })).weightsHash, weightsHash);
});

t.test('a step that is taken in parts is mixed as one minibatch; residual layers go with it', async (t) => {
  const layers = [
    { units: 6, activation: 'relu' },
    { name: 'residual', layers: [{ units: 6 }] },
    { units: 4, activation: 'softmax' },
  ] as const;
  const of = async (cut: object) =>
    (await run({}, configOf({ model: { layers }, train: { ...train, averaging: 'shards', ...cut } })))
      .weightsHash;
  const whole = await of({ batchSize: 24, shards: 8 });
  t.equal(await of({ batchSize: 12, shards: 4, accumulate: 2 }), whole);
  t.equal(await of({ batchSize: 6, shards: 2, accumulate: 4 }), whole);
});

t.test('its gradients are those of numeric differences', async (t) => {
  for (const [loss, activation, targets] of [
    ['cross-entropy', 'softmax', 'one-hot'],
    ['binary-cross-entropy', 'sigmoid', 'binary'],
    ['mean-squared-error', 'tanh', 'real'],
  ] as const) {
    const layers = [
      { units: 7, activation: 'tanh' },
      { units: 4, activation },
    ] as const;
    const config = configOf({ loss, model: { precision: 'float64', layers } });
    const options = { threads: 2, rows: 17, sample: null };
    const given = smallSource(33, 9, 4, targets);
    for (const { name, verdict, singleVsThreaded } of await checkGradients(
      config,
      options,
      () => {},
      given,
      undefined,
      { pool },
    )) {
      t.same([verdict, singleVsThreaded], ['right', 0], `${loss}, ${name}`);
    }
  }
});

t.test('what it does not go with', async (t) => {
  const refused = (changes: object, message: RegExp, given: DataSource = source) =>
    t.rejects(Workspace.open(configOf(changes), given, 1, { pool }), { name: 'UserError', message });
  await refused(
    { train: { ...train, batchSize: 1, shards: 1 } },
    /^train\.mixup: .* train\.batchSize is 1; expected at least 2/,
  );
  await refused(
    { train: { ...train, classWeights: { '1': 2 } } },
    /^train\.mixup: .* train\.classWeights weighs them/,
  );
  await refused({}, /^train\.mixup: .* data\.weight weighs them/, { ...source, hasWeights: true });
  const drawn = configOf({ train: { ...train, sampling: 'weighted' } });
  const net = networkOf(drawn.model, source);
  t.equal(
    mixupOf(drawn, { ...source, hasWeights: true }, net),
    0.4,
    'rows that are drawn by their weights count the same',
  );
  t.throws(() => configOf({ train: { ...train, mixup: { alpha: 0 } } }));
});
