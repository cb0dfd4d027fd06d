/** What a run's end finds out: figures against scikit-learn and by hand, and the same for any number of threads. */
import '../helpers/bare.js';
import t from 'tap';
import type { Config } from '../../src/config/schema.js';
import { calibrationOf, confusionOf, curveOf, rocOf } from '../../src/coordinator/insights/classes.js';
import { insightsOf } from '../../src/coordinator/insights/index.js';
import { gradientsOf, layersOf } from '../../src/coordinator/insights/layers.js';
import { histogram } from '../../src/coordinator/insights/numbers.js';
import { residualsOf } from '../../src/coordinator/insights/residuals.js';
import { lookAt } from '../../src/coordinator/insights/seen.js';
import { worstRows } from '../../src/coordinator/insights/worst.js';
import { KeptProgress } from '../../src/coordinator/progress.js';
import { Workspace } from '../../src/coordinator/workspace.js';
import type { DataSource } from '../../src/data/source.js';
import type { InsightsEvent } from '../../src/insights.js';
import type { LearningTask } from '../../src/model/metrics/task.js';
import { firstOf, lookedRows, piecesOf, placeOf } from '../../src/plan/look.js';
import { Pool } from '../../src/pool/pool.js';
import { near, oneHot, recipeGives, valueFor, values, yes } from '../helpers/metrics.js';
import { smallConfig, smallSource } from '../helpers/small.js';

/** Threads that all runs share. */
const pool = new Pool(3);
t.teardown(() => pool.close());

/** Where the golden numbers come from: scikit-learn 1.9.1, NumPy 2.4.6. Few bits make many ties. */
const recipe = `
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, roc_curve
def curve(y, p):
    x, v, _ = roc_curve(y, p, drop_intermediate=False)
    return [x.tolist(), v.tolist()]
def sure(right, p):
    true, mean = calibration_curve(right, p, n_bins=10)
    return [true.tolist(), mean.tolist()]
raw = values(37, 300 * 4, 20).reshape(300, 4) + 2 ** -20
p, y = raw / raw.sum(1, keepdims=True), values(41, 300 * 4, 8).reshape(300, 4).argmax(1)
b, c = values(59, 150, 4), values(61, 150, 8) > 0.5
s, r = values(59, 900, 20), values(61, 900, 8) > 0.5
print(json.dumps([confusion_matrix(y, p.argmax(1)).tolist(), sure(p.argmax(1) == y, p.max(1)),
    confusion_matrix(c, b > 0.5).tolist(), curve(c, b), sure((s > 0.5) == r, np.maximum(s, 1 - s))]))
`;

const GOLDEN: unknown[] = [
  [
    [22, 22, 20, 17],
    [15, 15, 15, 30],
    [20, 20, 13, 22],
    [15, 17, 17, 20],
  ],
  [
    [0.25, 0.23728813559322035, 0.25, 0.2, 0.2, 0.0, 0.0],
    [
      0.2867031791495039, 0.3546622159443275, 0.4434556529148553, 0.5431713019898204, 0.6426080147471008,
      0.7452034734755775, 0.8388628403622471,
    ],
  ],
  [
    [41, 34],
    [39, 36],
  ],
  [
    [
      0.0, 0.05333333333333334, 0.13333333333333333, 0.2, 0.24, 0.29333333333333333, 0.41333333333333333,
      0.4533333333333333, 0.52, 0.6, 0.6533333333333333, 0.7733333333333333, 0.8266666666666667, 0.84, 0.92,
      0.96, 1.0,
    ],
    [
      0.0, 0.05333333333333334, 0.16, 0.2, 0.25333333333333335, 0.37333333333333335, 0.4, 0.48,
      0.5466666666666666, 0.6, 0.6666666666666666, 0.76, 0.7733333333333333, 0.8666666666666667,
      0.9066666666666666, 0.9466666666666667, 1.0,
    ],
  ],
  [
    [0.4725274725274725, 0.5229885057471264, 0.5405405405405406, 0.5363128491620112, 0.55],
    [0.5519069944109235, 0.6492818909129877, 0.7469276273572767, 0.846264791222258, 0.9481480121612549],
  ],
];

/** Rows of outputs and targets as they were seen. */
const seen = (outputs: Float64Array, targets: Float64Array, width: number, task: LearningTask) => {
  const rows = outputs.length / width;
  const extent = { rows, outputs: width, task, spec: { name: 'insights' } };
  return [{ rows, outputs, targets, losses: new Float64Array(rows) }, extent] as const;
};

/** Rows of `k` outputs that add up to 1, as the recipe has them. */
function probable(rows: number, k: number): Float64Array {
  const raw = values(37, rows * k, 20).map((value) => value + 2 ** -20);
  return raw.map((value, at) => {
    const row = raw.subarray(at - (at % k), at - (at % k) + k);
    return value / row.reduce((sum, one) => sum + one, 0);
  });
}

recipeGives(recipe, GOLDEN);

t.test('confusion, ROC curves and calibration are those of scikit-learn', async (t) => {
  const [confused, sure, confusedPairs, curve, surePairs] = GOLDEN;
  const filled = (bins: InsightsEvent['calibration']) => {
    const some = (bins ?? []).filter(({ rows }) => rows > 0);
    return [some.map(({ accuracy }) => accuracy), some.map(({ confidence }) => confidence)];
  };
  const close = (got: unknown, wanted: unknown, most: number) => {
    const [some, others] = [got, wanted].map((list) => (list as unknown[]).flat() as number[]);
    t.equal(some.length, others.length);
    for (const [k, value] of some.entries())
      t.ok(Math.abs(value - others[k]) <= most, `${value}, ${others[k]}`);
  };
  const many = seen(probable(300, 4), oneHot(values(41, 1200, 8), 4), 4, 'classification');
  t.same(confusionOf(...many), confused);
  close(filled(calibrationOf(...many)), sure, 1e-7);
  const pairs = seen(values(59, 150, 4), yes(values(61, 150, 8)), 1, 'binary');
  t.same(confusionOf(...pairs), confusedPairs);
  const [roc] = rocOf(...pairs, ['yes']) ?? [];
  t.equal(roc.class, 'yes');
  close([roc.points.map(([x]) => x), roc.points.map(([, y]) => y)], curve, 1e-6);
  close(
    filled(calibrationOf(...seen(values(59, 900, 20), yes(values(61, 900, 8)), 1, 'binary'))),
    surePairs,
    1e-7,
  );
});

t.test('ROC curves: thinned to points of the whole one, with the area that the metric has', async (t) => {
  const sorted = (seed: number, count: number) => values(seed, count, 20).sort();
  const ranked = { positives: sorted(3, 4000).map((value) => value ** 0.7), negatives: sorted(5, 3000) };
  ranked.positives.sort();
  const whole = new Set(curveOf(ranked, 10_000).map((point) => point.join()));
  t.ok(whole.size > 6900, 'but for ties');
  const thin = curveOf(ranked);
  t.ok(thin.length > 150 && thin.length <= 200, `${thin.length} points`);
  t.same(
    [thin[0], thin.at(-1)],
    [
      [0, 0],
      [1, 1],
    ],
  );
  for (const point of thin) t.ok(whole.has(point.join()), point.join());
  // By the trapezoids between points, which lie on a curve that is nearly concave.
  const under = (points: [number, number][]) =>
    points.slice(1).reduce((sum, [x, y], k) => sum + ((x - points[k][0]) * (y + points[k][1])) / 2, 0);
  t.ok(Math.abs(under(thin) - under(curveOf(ranked, 10_000))) < 1e-3);

  const classes = [probable(500, 4), oneHot(values(41, 2000, 8), 4), 4, 'classification'] as const;
  const curves = rocOf(...seen(...classes), ['a', 'b', 'c', 'd']) ?? [];
  t.same(
    curves.map((one) => one.class),
    ['a', 'b', 'c', 'd'],
  );
  const mean = curves.reduce((sum, { auc }) => sum + Number(auc) / 4, 0);
  near(t, mean, valueFor('roc-auc', ...classes));
  const two = [probable(500, 2), oneHot(values(41, 1000, 8), 2), 2, 'classification'] as const;
  const second = rocOf(...seen(...two), ['no', 'yes']) ?? [];
  t.same(
    second.map((one) => one.class),
    ['yes'],
    'of two classes the second',
  );
  t.equal(second[0].auc, valueFor('roc-auc', ...two));
  const wide = seen(values(7, 300 * 25, 20), oneHot(values(9, 300 * 25, 8), 25), 25, 'classification');
  const most =
    rocOf(
      ...wide,
      Array.from({ length: 25 }, (_, k) => String(k)),
    ) ?? [];
  t.equal(most.length, 20);
  const count = (k: number) => wide[0].targets.reduce((sum, one, at) => sum + (at % 25 === k ? one : 0), 0);
  const told = most.map((one) => count(Number(one.class)));
  const left = Array.from({ length: 25 }, (_, k) => k).filter(
    (k) => !most.some((one) => one.class === String(k)),
  );
  t.ok(Math.min(...told) >= Math.max(...left.map(count)), 'those of most rows');
});

t.test('by hand: one kind only, NaN, ties, edges of bins', async (t) => {
  const of = (outputs: number[], targets: number[], width = 1, task: LearningTask = 'binary') =>
    seen(Float64Array.from(outputs), Float64Array.from(targets), width, task);
  t.same(rocOf(...of([0.1, 0.9], [1, 1]), ['yes']), [{ class: 'yes', auc: null, points: [] }]);
  t.same(rocOf(...of([0.1, Number.NaN], [1, 0]), ['yes']), [{ class: 'yes', auc: null, points: [] }]);
  t.same(rocOf(...of([0.5, 0.5], [1, 0]), ['yes']), [
    {
      class: 'yes',
      auc: 0.5,
      points: [
        [0, 0],
        [1, 1],
      ],
    },
  ]);
  t.equal(rocOf(...of([0.5], [1], 1, 'regression'), ['y']), undefined);
  t.same(confusionOf(...of([0.9, 0.1, Number.NaN, 0.5], [1, 1, 1, 0])), [
    [1, 0],
    [1, 1],
  ]);
  t.equal(confusionOf(...of([1, 2], [1, 0], 2, 'multi-label')), undefined);
  t.equal(calibrationOf(...of([1.5], [1])), undefined, 'no probability');
  t.equal(calibrationOf(...of([Number.NaN], [1])), undefined);
  const bins = calibrationOf(...of([0.6, 1, 0.4, 0.55], [1, 0, 0, 1]));
  t.same(
    bins?.map(({ rows }) => rows),
    [0, 0, 0, 0, 0, 1, 2, 0, 0, 1],
  );
  t.match(bins?.[6], { from: 0.6, to: 0.7, confidence: 0.6, accuracy: 1 });
  t.match(bins?.[9], { confidence: 1, accuracy: 0 });
  t.match(bins?.[0], { rows: 0, confidence: null, accuracy: null });

  t.same(worstRows(Float64Array.of(1, 5, Number.NaN, 5, 0, 7), 4), [2, 5, 1, 3]);
  t.same(worstRows(Float64Array.of(1, 1, 1), 2), [0, 1], 'of equals those that come first');
  t.same(worstRows(new Float64Array(), 2), []);

  const four = histogram([1, Number.NaN, 2, Number.POSITIVE_INFINITY, 3]);
  t.match(four, { from: 1, to: 3, odd: 2 });
  t.same([four.counts[0], four.counts[20], four.counts[39]], [1, 1, 1]);
  t.same(histogram([2, 2]), { from: 2, to: 2, counts: [2], odd: 0 });
  t.same(histogram([]), { from: 0, to: 0, counts: [], odd: 0 });
  t.same(histogram([Number.NaN]), { from: 0, to: 0, counts: [], odd: 1 });
  const huge = histogram([-Number.MAX_VALUE, Number.MAX_VALUE]);
  t.same([huge.counts[0], huge.counts[39], huge.odd], [1, 1, 0]);

  const [two] = residualsOf(...of([1, 20, 3, 40], [1, 10, 5, 40], 2, 'regression'), ['a', 'b']) ?? [];
  t.match(two, {
    target: 'a',
    histogram: { from: -2, to: 0 },
    points: [
      [1, 1],
      [5, 3],
    ],
  });
});

t.test('rows of a part that is too large: whole pieces from all over it', async (t) => {
  const all = lookedRows('test', 300, 300);
  t.same([all.rows, piecesOf(all), placeOf(all, 299)], [300, 3, 299]);
  const some = lookedRows('test', 10_000, 1000.5);
  t.equal(some.rows, 896);
  const firsts = Array.from({ length: piecesOf(some) }, (_, piece) => firstOf(some, piece));
  t.same([firsts[0], firsts.at(-1)], [0, 10_000 - 128]);
  for (const [k, first] of firsts.entries()) if (k > 0) t.ok(first - firsts[k - 1] >= 128, 'no row twice');
  t.equal(placeOf(some, 895), 9999);
  t.same(lookedRows('test', 10_000, 3).rows, 128);
  t.same(lookedRows('train', 0, 3).rows, 0);
});

const ROWS = 517;
const dense = (units: number, activation: string) => ({ units, activation: { name: activation } });
const kinds = {
  classes: [smallSource(ROWS, 21, 4), 'cross-entropy', 'softmax'],
  binary: [smallSource(ROWS, 21, 1, 'binary'), 'binary-cross-entropy', 'sigmoid'],
  'several binary outputs': [smallSource(ROWS, 21, 3, 'binary'), 'binary-cross-entropy', 'sigmoid'],
  values: [smallSource(ROWS, 2, 3, 'real'), 'mean-squared-error', 'linear'],
} as const;

function configOf(
  [source, loss, activation]: readonly [DataSource, string, string],
  precision: 'float32' | 'float64',
  train: Partial<Config['train']> = {},
): Config {
  const layers = [
    dense(13, 'relu'),
    { name: 'batch-norm' },
    { name: 'dropout', rate: 0.3 },
    dense(9, 'relu'),
    dense(source.outputs, activation),
  ];
  return smallConfig({
    loss: { name: loss } as never,
    model: { precision, layers: layers as never },
    train: train as never,
  });
}

async function look(config: Config, source: DataSource, threads: number, examples = 1e6) {
  const workspace = await Workspace.open(config, source, threads, { pool });
  try {
    const { metrics } = await workspace.evaluate('test');
    return { found: (await insightsOf(workspace, { examples })) as InsightsEvent, metrics };
  } finally {
    await workspace.close();
  }
}

const present: Record<string, readonly string[]> = {
  classes: ['classes', 'confusion', 'roc', 'calibration'],
  binary: ['classes', 'confusion', 'roc', 'calibration'],
  'several binary outputs': ['roc'],
  values: ['residuals', 'surface'],
};

for (const [kind, given] of Object.entries(kinds)) {
  for (const precision of ['float32', 'float64'] as const) {
    t.test(
      `${kind}, ${precision}: threads 1, 2 and 3 find the same; only what means something`,
      async (t) => {
        const metrics = { classes: ['roc-auc', 'confusion'], binary: ['roc-auc', 'confusion'] }[kind] ?? [];
        const validate = metrics.length > 0 ? { metrics: metrics.map((name) => ({ name })) } : {};
        const config = configOf(given, precision, { validate } as never);
        const [source] = given;
        const first = await look(config, source, 1);
        for (const threads of [2, 3]) t.strictSame((await look(config, source, threads)).found, first.found);
        const { found } = first;
        const optional = [
          'classes',
          'confusion',
          'roc',
          'calibration',
          'residuals',
          'filters',
          'surface',
          'of',
        ];
        t.same(optional.filter((key) => key in found).sort(), [...present[kind]].sort());
        t.match(found, { event: 'insights', part: 'test', rows: ROWS });
        t.same(
          found.layers.map(({ layer }) => layer),
          ['layer1', 'layer1.norm', 'layer2', 'layer3'],
        );
        for (const { gradients, weights } of found.layers) {
          t.ok(gradients && gradients.to > gradients.from && gradients.odd === 0);
          t.equal(weights.odd, 0);
        }
        t.equal(found.worst.length, 12);
        for (const [k, { loss }] of found.worst.entries()) if (k > 0) t.ok(loss <= found.worst[k - 1].loss);
        if (metrics.length > 0) {
          t.same(found.confusion, first.metrics.confusion);
          const aucs = (found.roc ?? []).map(({ auc }) => Number(auc));
          near(t, aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length, first.metrics['roc-auc']);
        }
        t.strictSame(JSON.parse(JSON.stringify(found)), found, 'JSON holds all of it');
      },
    );
  }
}

t.test(
  'of many rows so many as a tenth of a second is for, or a share of what was learned from',
  async (t) => {
    const [source] = kinds.classes;
    const config = configOf(kinds.classes, 'float64');
    const slow = { ...config, engine: { name: 'reference' } } as Config;
    const layers = [{ name: 'dense' as const, ...dense(3000, 'relu') }, ...config.model.layers.slice(-1)];
    const wide = { ...slow, model: { ...config.model, layers } } as Config;
    const quick = await look(wide, source, 2, 0);
    t.match(quick.found, { rows: 256, of: ROWS });
    t.equal(
      quick.found.confusion?.flat().reduce((a, b) => a + b),
      256,
    );
    t.match((await look(wide, source, 2, 20 * 384)).found, { rows: 384, of: ROWS });
    const all = (await look(wide, source, 1, 20 * ROWS)).found;
    t.match(all, { rows: ROWS });
    t.notOk('of' in all);
  },
);

t.test('units that are 0 for every row are counted, by their layer', async (t) => {
  const [source] = kinds.classes;
  const config = configOf(kinds.classes, 'float64');
  for (const threads of [1, 3]) {
    const workspace = await Workspace.open(config, source, threads, { pool });
    const tensor = (name: string) => {
      const { offset, length } = workspace.setup.net.layers
        .flatMap(({ tensors }) => tensors)
        .find((one) => one.name === name) as { offset: number; length: number };
      return workspace.parameters.subarray(offset, offset + length);
    };
    try {
      // 13 units of 21 inputs, of which three say nothing; then all of 9.
      for (const unit of [0, 5, 12]) tensor('layer1.bias')[unit] = -1000;
      const dead = async () =>
        (await insightsOf(workspace, { examples: 1e6 }))?.layers.map(({ deadUnits }) => deadUnits);
      const [first, , second, last] = (await dead()) ?? [];
      t.equal(first, 3);
      t.ok(Number(second) < 9);
      t.equal(last, undefined, 'softmax has none');
      tensor('layer2.bias').fill(-1000);
      t.equal((await dead())?.[2], 9);
    } finally {
      await workspace.close();
    }
  }
});

t.test('gradients are those of the mean loss over the rows, whatever the minibatches', async (t) => {
  const [source] = kinds.values;
  const few = Uint32Array.from({ length: 12 }, (_, row) => 3 * row);
  const data: DataSource = {
    ...source,
    parts: { ...source.parts, test: few.length },
    split: (seed) => ({ ...source.split(seed), test: few }),
  };
  const layers = [dense(3, 'linear')];
  for (const batchSize of [1, 4, 12, 100]) {
    const config = smallConfig({
      loss: 'mean-squared-error',
      model: { precision: 'float64', layers: layers as never },
      train: { batchSize },
    });
    const workspace = await Workspace.open(config, data, 2, { pool });
    const { setup } = workspace;
    try {
      const seen = lookAt(workspace, lookedRows('test', 12, 12), new Float64Array());
      await workspace.supervisor.run({ kind: 'look', look: seen });
      const { loss } = await workspace.evaluate('test');
      near(t, seen.losses.reduce((sum, one) => sum + one, 0) / 12, loss);
      const row = (all: Float64Array) => all.subarray(15, 18);
      const squares = row(seen.outputs).map((value, o) => (value - row(seen.targets)[o]) ** 2);
      near(t, seen.losses[5], squares.reduce((sum, one) => sum + one, 0) / 3);
      const found = (await gradientsOf(workspace, seen)) as Float64Array;
      const x = new Float64Array(setup.memory.buffer, setup.layout.features.offset, ROWS * 2);
      const wanted = new Float64Array(9);
      for (const [k, row] of few.entries()) {
        for (let o = 0; o < 3; o++) {
          const delta = ((2 / 3) * (seen.outputs[k * 3 + o] - seen.targets[k * 3 + o])) / 12;
          for (let i = 0; i < 2; i++) wanted[i * 3 + o] += delta * x[row * 2 + i];
          wanted[6 + o] += delta;
        }
      }
      // A minibatch that is larger than the rows has some of them twice.
      const times = batchSize === 100 ? 0.1 : 1e-12;
      for (const [k, value] of wanted.entries())
        t.ok(Math.abs(found[k] - value) < times, `${batchSize}, ${k}`);
      const [{ gradients }] = layersOf(workspace, seen, found);
      t.equal(
        gradients?.counts.reduce((sum, count) => sum + count),
        6,
        'without the biases',
      );
    } finally {
      await workspace.close();
    }
  }
});

t.test('without memory for it there is none', async (t) => {
  const [source] = kinds.classes;
  const workspace = await Workspace.open(configOf(kinds.classes, 'float64'), source, 2, { pool });
  t.teardown(() => workspace.close());
  const available = (bytes: number) => () => ({ bytes, where: 'here' });
  t.equal(await insightsOf(workspace, { examples: 0, available: available(2 ** 20) }), undefined);
  t.ok(await insightsOf(workspace, { examples: 0, available: available(2 ** 26) }));
  t.ok(await insightsOf(workspace, { examples: 0, available: () => undefined }));
});

t.test('of progress once a second is kept, where there was some', async (t) => {
  let now = 0;
  const kept = new KeptProgress(() => now);
  const at = (ms: number, step: number, trainLoss = 1) => {
    now = ms;
    return kept.is({
      event: 'progress',
      step,
      trainLoss,
      totalSteps: 9,
      epoch: 1,
      examplesPerSecond: 1,
      secondsLeft: 1,
    });
  };
  t.same(
    [
      at(100, 1),
      at(999, 2),
      at(1000, 3),
      at(1900, 4),
      at(2000, 3),
      at(2100, 5, Number.NaN),
      at(2200, 6),
      at(2300, 7),
    ],
    [false, false, true, false, false, false, true, false],
  );
});
