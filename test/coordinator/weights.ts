/** Weights of rows and of classes: what they do to the loss and to gradients, and what they must not do to bits. */
import '../helpers/bare.js';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { averagingNames } from '../../src/averaging/index.js';
import type { Config, ConfigInput } from '../../src/config/schema.js';
import { checkGradients } from '../../src/coordinator/gradcheck.js';
import { Trainer } from '../../src/coordinator/trainer.js';
import { Workspace } from '../../src/coordinator/workspace.js';
import { openData } from '../../src/data/index.js';
import type { DataSource } from '../../src/data/source.js';
import { anyContext } from '../../src/data/source.js';
import { type LossName, losses, lossNames } from '../../src/model/losses/index.js';
import { Pool } from '../../src/pool/pool.js';
import { keyed } from '../../src/random.js';
import { view } from '../../src/shared/arena.js';
import { smallConfig, smallSource } from '../helpers/small.js';

const pool = new Pool(3);
t.teardown(() => pool.close());

type ClassWeights = NonNullable<ConfigInput['train']>['classWeights'];
type Train = NonNullable<ConfigInput['train']>;

/** A source with weights of its own. */
function weighted(source: DataSource, weightOf: (row: number) => number): DataSource {
  return {
    ...source,
    hasWeights: true,
    async read(window) {
      await source.read(window);
      for (let row = 0; row < source.rows; row++) (window.weights as Float64Array)[row] = weightOf(row);
    },
  };
}

/** Between 0 and 3, and every fifth 0. */
const some = (row: number) => (row % 5 === 0 ? 0 : 3 * keyed('weights', row).uniform());
const rows = 301;
const source = smallSource(rows, 21, 4);

const configOf = (train: Train = {}, precision: 'float32' | 'float64' = 'float32') =>
  smallConfig({ model: { precision }, train });

async function trained(config: Config, given: DataSource, threads = 1) {
  const { summary } = await new Trainer().train(
    config,
    { threads, runDir: null, version: 'test' },
    () => {},
    { source: given, pool },
  );
  const { weightsHash, bestHash, testLoss, testMetrics, validLoss } = summary;
  return { weightsHash, bestHash, testLoss, testMetrics, validLoss };
}

async function opened<T>(config: Config, given: DataSource, use: (workspace: Workspace) => Promise<T> | T) {
  const workspace = await Workspace.open(config, given, 2, { pool });
  try {
    return await use(workspace);
  } finally {
    await workspace.close();
  }
}

/** The weights of all rows in training, and their classes. */
const inTraining = (classWeights: ClassWeights, given: DataSource) =>
  opened(configOf({ classWeights }), given, ({ setup: { memory, layout } }) => {
    const y = view(memory, layout.targets);
    return {
      weights: [...view(memory, layout.weights.training)],
      sample: view(memory, layout.weights.sample).length,
      classes: Array.from({ length: rows }, (_, row) => y.subarray(row * 4, row * 4 + 4).indexOf(1)),
    };
  });

const TARGETS = { classes: 'one-hot', binary: 'binary', values: 'real' } as const;

for (const loss of lossNames) {
  t.test(`${loss}: gradients with weights are those of numeric differences`, async (t) => {
    const { targets: kind, activations } = losses[loss];
    const targets = TARGETS[kind];
    const layers = [
      { units: 7, activation: 'tanh' },
      { units: 4, activation: activations[0] },
    ] as const;
    const config = smallConfig({ loss, model: { precision: 'float64', layers } });
    const given = weighted(smallSource(33, 9, 4, targets), some);
    const options = { threads: 2, rows: 17, sample: null };
    const checks = await checkGradients(config, options, () => {}, given, undefined, { pool });
    for (const { name, verdict, numericVsBackprop, singleVsThreaded } of checks) {
      t.equal(verdict, 'right', name);
      t.ok(Number(numericVsBackprop) <= 1e-7, `${name}: ${numericVsBackprop}`);
      t.equal(singleVsThreaded, 0);
    }
  });
}

t.test('targets that are not what the loss takes are named before training begins', async (t) => {
  const half = (given: DataSource, to: number): DataSource => ({
    ...given,
    async read(window) {
      await given.read(window);
      window.targets[7 * 4 + 2] = to;
    },
  });
  const cases: [LossName, number, RegExp][] = [
    ['cross-entropy', 0.5, /^expected shares of classes that sum to 1, got a sum of (0|1)\.5$/],
    ['kl-divergence', -1, /^expected shares of classes, from 0 to 1, got -1$/],
    ['focal', 2, /^expected shares of classes that sum to 1, got a sum of (2|3)$/],
    [
      'categorical-hinge',
      0.5,
      /^expected one class, a 1 among 0s, got 0\.5; shares of classes are for cross-entropy$/,
    ],
    ['binary-cross-entropy', 1.5, /^expected a number from 0 to 1, got 1\.5$/],
    ['binary-focal', Number.NaN, /^expected a number from 0 to 1, got NaN$/],
    ['hinge', 0.5, /^expected 0 or 1, got 0\.5$/],
    ['poisson', -2, /^expected a count, from 0 up, got -2; is it scaled \(data\.target\.scale\)\?$/],
  ];
  for (const [loss, wrong, message] of cases) {
    const { targets, activations } = losses[loss];
    const config = smallConfig({ loss, model: { layers: [{ units: 4, activation: activations[0] }] } });
    const given = smallSource(rows, 3, 4, TARGETS[targets]);
    await opened(config, given, () => {});
    const where = `data.target: row 8 of the data: the loss "${loss}" `;
    await t.rejects(
      opened(config, half(given, wrong), () => {}),
      {
        name: 'UserError',
        message: new RegExp(where.replaceAll('.', '\\.') + message.source.slice(1)),
      },
    );
  }
});

t.test('shares of classes: a row is weighted by the largest, whole', async (t) => {
  const soft: DataSource = {
    ...source,
    async read(window) {
      await source.read(window);
      const y = window.targets;
      for (let i = 0; i < y.length; i++) y[i] = 0.625 * y[i] + 0.09375;
    },
  };
  const hard = await inTraining({ '1': 2.5 }, source);
  const { weights } = await inTraining({ '1': 2.5 }, soft);
  t.strictSame(weights, hard.weights);
  // Evenly spread shares are what label smoothing makes of labels: the same steps.
  const smoothed = smallConfig({ loss: { name: 'cross-entropy', labelSmoothing: 0.375 } });
  t.equal((await trained(smoothed, source)).weightsHash, (await trained(configOf(), soft)).weightsHash);
});

t.test('weights that are all 1 change no bit; others do, whatever the number of threads', async (t) => {
  const { classes } = await inTraining(undefined, source);
  for (const precision of ['float32', 'float64'] as const) {
    for (const averaging of averagingNames) {
      for (const batchSize of [1, 32]) {
        const config = configOf({ batchSize, averaging, classWeights: { '1': 2.5 } }, precision);
        const plain = configOf({ batchSize, averaging }, precision);
        const none = await trained(plain, source);
        t.strictSame(
          await trained(
            plain,
            weighted(source, () => 1),
          ),
          none,
        );
        const one = await trained(config, weighted(source, some));
        t.not(one.weightsHash, none.weightsHash, 'at batch size 1 too');
        t.not(one.validLoss, none.validLoss);
        const ofClass = (row: number) => (classes[row] === 1 ? 2.5 : 1);
        const alone = await trained(config, source);
        t.not(alone.weightsHash, none.weightsHash);
        const byRow = await trained(plain, weighted(source, ofClass));
        t.equal(alone.weightsHash, byRow.weightsHash, 'of a class as of its rows');
        const both = await trained(
          plain,
          weighted(source, (row) => ofClass(row) * some(row)),
        );
        t.equal(one.weightsHash, both.weightsHash, 'times those of the rows');
        for (const threads of [2, 3])
          t.strictSame(await trained(config, weighted(source, some), threads), one);
      }
    }
  }
});

t.test('the loss of an evaluation is Σwl/Σw: a weight of 2 is a row twice', async (t) => {
  const config = configOf({}, 'float64');
  const count = (row: number) => row % 4;
  const often = Uint32Array.from(
    Array.from({ length: rows }, (_, row) => Array<number>(count(row)).fill(row)).flat(),
  );
  const repeated: DataSource = {
    ...source,
    parts: { ...source.parts, validation: often.length },
    split: (seed) => ({ ...source.split(seed), validation: often }),
  };
  const lossOf = (given: DataSource) =>
    opened(config, given, async (workspace) => Number((await workspace.evaluate('validation')).loss));
  const [once, twice, plain] = [
    await lossOf(weighted(source, count)),
    await lossOf(repeated),
    await lossOf(source),
  ];
  t.ok(Math.abs(once - twice) <= 1e-12 * twice, `${once} for ${twice}`);
  t.not(once, plain);
  t.equal(await lossOf(weighted(source, () => 0.25)), plain, 'a common factor is none');
});

t.test('balanced is n/(K·n_c) of the training rows; classes weigh nothing in evaluations', async (t) => {
  const train = Uint32Array.from({ length: 100 }, (_, k) => 3 * k);
  const part: DataSource = {
    ...source,
    parts: { ...source.parts, train: 100 },
    split: (seed) => ({ ...source.split(seed), train }),
  };
  const { weights, sample, classes } = await inTraining('balanced', part);
  const counts = [0, 1, 2, 3].map((k) => [...train].filter((row) => classes[row] === k).length);
  t.strictSame(
    weights,
    classes.map((k) => 100 / (4 * counts[k])),
  );
  const mean = train.reduce((sum, row) => sum + weights[row], 0) / 100;
  t.ok(Math.abs(mean - 1) < 1e-12);
  t.equal(sample, 0);
  const given = await inTraining({ '0': 3, '2': 0 }, weighted(source, some));
  t.strictSame(
    given.weights,
    classes.map((k, row) => [3, 1, 0, 1][k] * some(row)),
    'times those of the rows',
  );
});

t.test('what cannot be is refused', async (t) => {
  const refused = (
    given: DataSource,
    train: Train,
    message: string | RegExp,
    changes: ConfigInput['loss'] = 'cross-entropy',
  ) => {
    const activation = changes === 'cross-entropy' ? 'softmax' : 'linear';
    const config = smallConfig({ loss: changes, model: { layers: [{ units: 4, activation }] }, train });
    return t.rejects(Workspace.open(config, given, 1, { pool }), { name: 'UserError', message });
  };
  await refused(
    source,
    { classWeights: { '4': 1 } },
    'train.classWeights: expected classes of the data ("0", "1", "2", "3"), got "4"',
  );
  await refused(
    source,
    { classWeights: { '0': 0, '1': 0, '2': 0, '3': 0 } },
    /^train\.classWeights: every class .* counts 0/,
  );
  await refused(
    weighted(source, () => 0),
    {},
    'data.weight: every weight of the training rows is 0; expected some above 0',
  );
  await refused(
    smallSource(rows, 21, 4, 'real'),
    { classWeights: 'balanced' },
    /^train\.classWeights: need one class a row, .* are regression; leave them out, or give rows weights/,
    'mean-squared-error',
  );
  t.throws(() => configOf({ classWeights: { '0': -1 } }));
});

t.test('a column of a table: no input, and wrong cells are told with their row', async (t) => {
  const dir = t.testdir();
  const open = async (weights: readonly string[], data: object = {}) => {
    const path = join(dir, 'rows.csv');
    await writeFile(path, `x,w,y\n${weights.map((w, k) => `${k},${w},${k % 2 ? 'a' : 'b'}\n`).join('')}`);
    const { data: spec } = smallConfig({
      data: {
        name: 'csv',
        path,
        target: 'y',
        weight: 'w',
        split: { name: 'random', validation: 0, test: 0 },
        ...data,
      },
    });
    return openData(spec, { ...anyContext, targets: 'classes' });
  };
  const read = async (given: DataSource) => {
    const weights = new Float64Array(given.rows);
    await given.read({
      features: new Float64Array(given.rows * given.features),
      targets: new Uint8Array(given.rows),
      weights,
    });
    return [...weights];
  };
  const good = await open(['1', '0', '2.5', '1e3']);
  t.equal(good.features, 1);
  t.equal(good.hasWeights, true);
  t.strictSame(await read(good), [1, 0, 2.5, 1000]);
  const dropping = await open(['1', '', '2', '4'], { columns: { w: { missing: 'drop' } } });
  t.strictSame(await read(dropping), [1, 2, 4]);
  await t.rejects(open(['1', '-1', '2']).then(read), {
    message: /rows\.csv:3: column "w": expected a weight from 0 to 1e\+30, got -1$/,
  });
  await t.rejects(open(['1', '2', '']).then(read), {
    message: /rows\.csv:4: column "w": expected a weight .* got no value; leave such rows out/,
  });
  await t.rejects(open(['1', 'many', '2']), { message: /rows\.csv:3: column "w": expected a plain number/ });
});
