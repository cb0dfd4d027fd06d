/** L-BFGS: the optimum of scikit-learn, the same bits for any threads and after any resume, when it ends, what it refuses. */
import '../helpers/bare.js';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { gradcheck } from '../../src/api/gradcheck.js';
import { type Config, type ConfigInput, configSchema } from '../../src/config/schema.js';
import { lineSearch, type Point } from '../../src/coordinator/line-search.js';
import { findRate } from '../../src/coordinator/lr-find.js';
import { Trainer } from '../../src/coordinator/trainer.js';
import { withWholeBatch } from '../../src/coordinator/whole-batch.js';
import type { DataSource, RowStream } from '../../src/data/source.js';
import { realDisk } from '../../src/machine/disk.js';
import { Pool } from '../../src/pool/pool.js';
import type { EpochEvent, RunOptions, TrainEvent } from '../../src/protocol.js';
import { newestCheckpoint } from '../../src/runs/checkpoints.js';

const pool = new Pool(3);
t.teardown(() => pool.close());

/*
 * With scikit-learn 1.7 and NumPy:
 *
 *   n = 60
 *   x = np.array([[np.sin(7*r+3*c+1) for c in range(4)] for r in range(n)])
 *   score = x[:,0] + 0.5*np.sin(5*np.arange(n))
 *   y = (score > -0.3).astype(int) + (score > 0.4)
 *   m = LogisticRegression(C=1/(n*0.01), tol=1e-14, max_iter=100000).fit(x, y)
 *   loss = -np.log(m.predict_proba(x)[np.arange(n), y]).mean()
 *   logistic = loss, loss + 0.01/2*(m.coef_**2).sum()
 *
 *   v = x[:,0]*x[:,1] + x[:,2]
 *   r = MLPRegressor(hidden_layer_sizes=(3,), activation='tanh', solver='lbfgs', alpha=0.06, tol=1e-13,
 *                    max_iter=100000, max_fun=10**6, random_state=0, warm_start=True)
 *   r.fit(x[:3], v[:3])
 *   r.coefs_ = [np.array([[np.cos(3*i+j) for j in range(3)] for i in range(4)]),
 *               np.array([[np.cos(5*j+2)] for j in range(3)])]
 *   r.intercepts_ = [np.zeros(3), np.zeros(1)]
 *   # Its minimiser would end before it is there: ftol is 2e-9 unless it is told.
 *   minimize = scipy.optimize.minimize
 *   scipy.optimize.minimize = lambda *a, options, **k: minimize(*a, options={**options, 'ftol': 0, 'maxcor': 30}, **k)
 *   for _ in range(5): r.fit(x, v)
 *   mse = ((r.predict(x)-v)**2).mean()
 *   perceptron = mse, mse + 0.06/n*sum((w**2).sum() for w in r.coefs_)
 */
const golden = {
  logistic: { loss: 0.4949182379279965, minimum: 0.5346630445954432 },
  perceptron: { loss: 0.0004727738823172525, minimum: 0.005831816895796998 },
};
const N = 60;
const x = Array.from({ length: N }, (_, r) =>
  Array.from({ length: 4 }, (_, c) => Math.sin(7 * r + 3 * c + 1)),
);
const classes = x.map(([first], r) => {
  const score = first + 0.5 * Math.sin(5 * r);
  return Number(score > -0.3) + Number(score > 0.4);
});
const values = x.map(([a, b, c]) => a * b + c);

/** Rows to learn from; none to validate with, so that the weights that are left are the last. */
function sourceOf(targets: number[], outputs: number): DataSource {
  const all = Uint32Array.from({ length: N }, (_, row) => row);
  return {
    rows: N,
    features: 4,
    outputs,
    featureType: 'float64',
    targets:
      outputs > 1
        ? { kind: 'class', classes: outputs, type: 'uint8' }
        : { kind: 'values', outputs, type: 'float64' },
    parts: { train: N, validation: 0, test: 0 },
    split: () => ({ train: all, validation: new Uint32Array(0), test: new Uint32Array(0) }),
    async read(window) {
      (window.features as Float64Array).set(x.flat());
      (window.targets as Float64Array).set(targets);
    },
  };
}

const network = {
  logistic: { layers: [{ units: 3, activation: 'softmax' }], loss: 'cross-entropy' },
  perceptron: { layers: [{ units: 3, activation: 'tanh' }, { units: 1 }], loss: 'mean-squared-error' },
} as const;
type Name = keyof typeof network;
const sources = { logistic: sourceOf(classes, 3), perceptron: sourceOf(values, 1) };
/** Where scikit-learn began. */
const start = [
  ...Array.from({ length: 12 }, (_, k) => Math.cos(3 * Math.floor(k / 3) + (k % 3))),
  ...[0, 0, 0],
  ...Array.from({ length: 3 }, (_, j) => Math.cos(5 * j + 2)),
  0,
];

const configOf = (name: Name, changes: object = {}, train: object = {}, precision = 'float64'): Config =>
  configSchema.parse({
    name: 'lbfgs',
    seed: 1,
    engine: 'wasm',
    data: { name: 'xor' },
    loss: network[name].loss,
    model: { precision, layers: network[name].layers },
    optimizer: {
      name: 'lbfgs',
      tolerance: 1e-9,
      l2: name === 'logistic' ? 0.01 : (2 * 0.06) / N,
      ...changes,
    },
    train: { epochs: 2000, shards: 4, ...train },
  } as ConfigInput);

async function run(config: Config, name: Name, options: Partial<RunOptions> = {}) {
  const events: TrainEvent[] = [];
  const asked = { threads: 2, runDir: null, version: 'test', ...options };
  const given = { source: sources[name], pool, ...(name === 'perceptron' && { parameters: start }) };
  const { summary, tensors } = await new Trainer().train(config, asked, (event) => events.push(event), given);
  const squares = Object.entries(tensors)
    .filter(([key]) => key.endsWith('weight'))
    .flatMap(([, { data }]) => [...data])
    .reduce((sum, value) => sum + value * value, 0);
  const epochs = events.filter((event): event is EpochEvent => event.event === 'epoch');
  return { summary, tensors, squares, epochs };
}

for (const name of ['logistic', 'perceptron'] as const) {
  t.test(`${name}: the optimum of scikit-learn`, async (t) => {
    const { summary, squares, epochs } = await run(configOf(name), name);
    t.match(summary, { converged: true, learnedEnough: true, stopped: false });
    const loss = Number(epochs.at(-1)?.trainLoss);
    const l2 = name === 'logistic' ? 0.01 : (2 * 0.06) / N;
    const minimum = loss + (l2 / 2) * squares;
    // Around the minimum the parts of the sum may differ more than the sum.
    t.ok(Math.abs(minimum - golden[name].minimum) < 1e-8, `${minimum} of ${golden[name].minimum}`);
    t.ok(Math.abs(loss - golden[name].loss) < 1e-6, `${loss} of ${golden[name].loss}`);
    t.ok(summary.steps < 500, `${summary.steps} steps`);
  });
}

t.test('the same bits for any threads, after any resume; the engines agree', async (t) => {
  for (const precision of ['float64', 'float32']) {
    const config = configOf(
      'perceptron',
      { history: 4 },
      { epochs: 25, validate: { every: '3 epochs' } },
      precision,
    );
    const { summary } = await run(config, 'perceptron');
    t.equal(summary.steps, 25);
    for (const threads of [1, 3]) {
      const other = await run(config, 'perceptron', { threads });
      t.equal(other.summary.weightsHash, summary.weightsHash, `${precision}, ${threads} threads`);
    }
    for (const untilStep of [1, 6, 20]) {
      const runDir = join(t.testdir(), `run-${untilStep}`);
      await run(config, 'perceptron', { runDir, untilStep });
      const { found, damaged } = await newestCheckpoint(realDisk, runDir);
      const resume = { checkpoint: found?.path ?? null, damaged, force: false };
      const resumed = await run(config, 'perceptron', { runDir, resume, threads: 1 });
      t.equal(resumed.summary.weightsHash, summary.weightsHash, `${precision}, after step ${untilStep}`);
      t.equal(resumed.summary.bestHash, summary.bestHash);
      rmSync(runDir, { recursive: true });
    }
  }
  const reference = await run({ ...configOf('logistic'), engine: { name: 'reference' } }, 'logistic');
  const kernels = await run(configOf('logistic'), 'logistic');
  t.ok(Math.abs(reference.squares - kernels.squares) < 1e-7);
});

t.test('it ends where a gradient is small enough, or nothing lowers the loss', async (t) => {
  const rough = await run(configOf('logistic', { tolerance: 0.01 }), 'logistic');
  t.equal(rough.summary.converged, true);
  t.ok(rough.summary.steps < 15);
  const exact = await run(configOf('logistic', { tolerance: 0 }), 'logistic');
  t.match(exact.summary, { converged: true }, 'not for ever');
  const single = await run(configOf('logistic', { tolerance: 0 }, {}, 'float32'), 'logistic');
  t.match(single.summary, { converged: true });
  const runDir = join(t.testdir(), 'converged');
  await run(configOf('logistic', { tolerance: 0 }), 'logistic', { runDir });
  const { found } = await newestCheckpoint(realDisk, runDir);
  const resume = { checkpoint: found?.path ?? null, damaged: [], force: false };
  const again = await run(configOf('logistic', { tolerance: 0 }), 'logistic', { runDir, resume });
  const { steps, weightsHash, converged } = again.summary;
  t.match(
    exact.summary,
    { steps, weightsHash, converged },
    'a run that has ended knows it when it is resumed',
  );
  const short = await run(configOf('logistic', {}, { epochs: 5 }), 'logistic');
  t.match(short.summary, { steps: 5, learnedEnough: false, converged: undefined });
  const losses = short.epochs.map(({ trainLoss }) => trainLoss);
  t.same(
    losses,
    losses.toSorted((a, b) => b - a),
    'the loss falls',
  );
});

t.test('a line search ends at a point that satisfies the strong Wolfe conditions', async (t) => {
  const functions: [string, (a: number) => [number, number]][] = [
    ['a parabola', (a) => [(a - 3) ** 2, 2 * (a - 3)]],
    ['far away', (a) => [(a - 3000) ** 2, 2 * (a - 3000)]],
    ['near', (a) => [(a - 1e-4) ** 2, 2 * (a - 1e-4)]],
    ['flat, then steep', (a) => [Math.exp(a) - 3 * a, Math.exp(a) - 3]],
    // Moré and Thuente 1994, function 1, β = 2.
    ['rational', (a) => [-a / (a * a + 2), (a * a - 2) / (a * a + 2) ** 2]],
    ['with a wall', (a) => (a < 2 ? [-a, -1 + 2 * Math.max(0, a - 1) * 10] : [Number.NaN, 0])],
  ];
  for (const [name, of] of functions) {
    for (const first of [1, 1e-3, 50]) {
      const point = (at: number): Point => ({ at, value: of(at)[0], slope: of(at)[1] });
      const start = point(0);
      const found = await lineSearch(start, first, async (at) => point(at));
      if (found === undefined) {
        t.fail(`${name}: nothing found`);
        continue;
      }
      t.ok(found.value <= start.value + 1e-4 * found.at * start.slope, `${name}: low enough`);
      if (name !== 'with a wall')
        t.ok(Math.abs(found.slope) <= -0.9 * start.slope, `${name} from ${first}: flat enough`);
    }
  }
  const uphill = await lineSearch({ at: 0, value: 0, slope: -1 }, 1, async (at) => ({
    at,
    value: at,
    slope: 1,
  }));
  t.equal(uphill, undefined, 'a slope that is not that of the values');
});

t.test('l2 counts by decayFactor, and not where layers are frozen', async (t) => {
  const { optimizer, model, ...rest } = configOf('perceptron', {}, { epochs: 8 });
  const withL2 = (by: number, options: object): Config => ({
    ...rest,
    optimizer: { ...optimizer, l2: by } as Config['optimizer'],
    model: { ...model, layers: model.layers.map((layer, k) => ({ ...layer, ...(k === 0 && options) })) },
  });
  const [last, other] = [await run(withL2(0.5, { frozen: true }), 'perceptron'), start.slice(0, 12)];
  t.strictSame([...last.tensors['layer1.weight'].data], other);
  const both = (by: number, decayFactor: number) => {
    const config = withL2(by, { decayFactor });
    const layers = config.model.layers.map((layer) => ({ ...layer, decayFactor }));
    return run({ ...config, model: { ...model, layers } as Config['model'] }, 'perceptron');
  };
  t.equal((await both(0.25, 2)).summary.weightsHash, (await both(0.5, 1)).summary.weightsHash);
});

t.test('what it does not go with', async (t) => {
  const refused = (config: Config, message: RegExp, given: Partial<DataSource> = {}) =>
    t.rejects(
      new Trainer().train(config, { threads: 1, runDir: null, version: 'test' }, () => {}, {
        source: { ...sources.logistic, ...given },
        pool,
      }),
      { name: 'UserError', message },
    );
  const withLayer = (layer: string | object): Config => {
    const config = configOf('logistic');
    const { layers } = configSchema.parse({
      name: 'x',
      data: 'xor',
      model: { layers: [layer, { units: 1, activation: 'sigmoid' }] as never },
      loss: 'binary-cross-entropy',
    }).model;
    return { ...config, model: { ...config.model, layers: [layers[0], ...config.model.layers] } };
  };
  await refused(
    configOf('logistic', {}, { batchSize: 32 }),
    /^train\.batchSize: optimizer "lbfgs" needs all 60 training rows in one minibatch, got 32; leave train\.batchSize out$/,
  );
  await refused(
    withLayer('dropout'),
    /^model\.layers\.0: optimizer "lbfgs" .* "dropout" draws anew at each step$/,
  );
  await refused(withLayer('gaussian-noise'), /^model\.layers\.0: .* "gaussian-noise" draws anew/);
  await refused(
    withLayer('batch-norm'),
    /^model\.layers\.0: .* running statistics, which "batch-norm" needs/,
  );
  await refused(configOf('logistic', {}, { mixup: {} }), /^train\.mixup: optimizer "lbfgs"/);
  const { layers } = configOf('logistic').model;
  const faster = layers.map((layer) => ({ ...layer, rateFactor: 2 }));
  await refused(
    { ...configOf('logistic'), model: { ...configOf('logistic').model, layers: faster as typeof layers } },
    /^model\.layers\.0\.rateFactor: optimizer "lbfgs" has no learning rate/,
  );
  const column = { name: 'city', type: 'category', categories: ['a'], rare: [], codes: 1 } as const;
  const columns = [
    { ...column, missing: null, unseen: null, encode: { name: 'embed', size: 1, rateFactor: 2 } },
  ] as const;
  await refused(
    configOf('logistic'),
    /^data\.columns\.city\.encode\.rateFactor: optimizer "lbfgs" has no learning rate/,
    { preprocessing: { columns, target: { kind: 'values', columns: [] } } },
  );
  await refused(
    configOf('logistic', {}, { accumulate: 2 }),
    /^train\.accumulate: optimizer "lbfgs" sees all rows/,
  );
  await refused(
    configOf('logistic', {}, { sampling: 'balanced' }),
    /^train\.sampling: optimizer "lbfgs" sees every row/,
  );
  await refused(configOf('logistic', {}, { ema: {} }), /^train\.ema: optimizer "lbfgs" goes down one way/);
  await refused(configOf('logistic', {}, { clip: { norm: 1 } }), /^train\.clip: optimizer "lbfgs" goes down/);
  await refused(
    withLayer({ name: 'residual', layers: [{ units: 4 }], drop: 0.2 }),
    /^model\.layers\.0: .* "residual" draws anew at each step$/,
  );
  await refused(configOf('logistic'), /^data\.stream: .* needs all rows in memory; leave either out$/, {
    stream: {} as RowStream,
  });
  const balanced = { ...configOf('logistic'), data: { name: 'csv', path: 'x', balance: 'classes' } as never };
  await refused(balanced, /^data\.balance: .* sees every row at each step; weigh them instead/);
  t.throws(() => withWholeBatch(configOf('logistic'), sources.logistic, 2), {
    name: 'UserError',
    message: /^--nodes: optimizer "lbfgs" trains on one host; leave either out$/,
  });
  await t.rejects(
    findRate(configOf('logistic'), { from: 1e-7, to: 1, steps: 10, threads: 1 }, () => {}),
    { name: 'UserError', message: /^optimizer: "lbfgs" has no learning rate that could be found$/ },
  );
  t.throws(() => configOf('logistic', { learningRate: 0.1 }), /learningRate/);
  t.equal(
    (await run(configOf('logistic', {}, { batchSize: 100, epochs: 1 }), 'logistic')).summary.examples,
    N,
  );
});

t.test('gradients are checked by its configuration too', async (t) => {
  const { pass } = await gradcheck({
    name: 'x',
    data: 'xor',
    model: {
      layers: [
        { units: 3, activation: 'tanh' },
        { units: 1, activation: 'sigmoid' },
      ],
    },
    loss: 'binary-cross-entropy',
    optimizer: 'lbfgs',
  });
  t.ok(pass);
});
