/** Metrics of classes, of probabilities and of ranks against scikit-learn's, and what scikit-learn does not say. */
import '../helpers/bare.js';
import t from 'tap';
import type { LearningTask } from '../../src/model/metrics/task.js';
import { figure, near, oneHot, recipeGives, valueFor, values } from '../helpers/metrics.js';

/**
 * Where the golden numbers come from: scikit-learn 1.9.1, NumPy 2.4.6. Outputs are whole numbers over their sum, or
 * multiples of a power of two, so both languages make the same ones; few bits make many ties.
 */
const recipe = `
from sklearn.metrics import (average_precision_score, f1_score, log_loss, median_absolute_error,
    precision_recall_fscore_support, precision_score, recall_score, roc_auc_score, top_k_accuracy_score)
def decided(y, h, averages):
    return [f(y, h, average=a, zero_division=0) for f in (precision_score, recall_score, f1_score) for a in averages]
def probable(rows, k, bits):
    raw = values(37, rows * k, bits).reshape(rows, k) + 2 ** -bits
    return raw / raw.sum(1, keepdims=True)
def classes(rows, k, bits):
    p, y = probable(rows, k, bits), values(41, rows * k, 8).reshape(rows, k).argmax(1)
    each = precision_recall_fscore_support(y, p.argmax(1), labels=range(k), zero_division=0)
    return decided(y, p.argmax(1), ('macro', 'micro')) + [np.array(each).T.tolist(),
        roc_auc_score(y, p, multi_class='ovr'), average_precision_score(y, p), log_loss(y, p)]
def absent(rows):
    h, y = values(43, rows * 6, 8).reshape(rows, 6), values(47, rows * 6, 8).reshape(rows, 6)
    h[:, [2, 3]] = 0
    y[:, [2, 5]] = 0
    return decided(y.argmax(1), h.argmax(1), ('macro', 'micro'))
def top(rows, k):
    p, y = probable(rows, k, 24), values(53, rows * k, 8).reshape(rows, k).argmax(1)
    return [top_k_accuracy_score(y, p, k=n, labels=range(k)) for n in (2, 3, 5)]
def binary(rows, bits):
    p, y = values(59, rows, bits), values(61, rows, 8) > 0.25
    return decided(y, p > 0.5, ('binary', 'macro', 'micro')) + [
        roc_auc_score(y, p), average_precision_score(y, p), log_loss(y, p)]
def constant(rows):
    p, y = np.full(rows, 0.5), values(61, rows, 8) > 0.25
    return [roc_auc_score(y, p), average_precision_score(y, p)]
def labels(rows, k, bits):
    p, y = values(67, rows * k, bits).reshape(rows, k), values(71, rows * k, 8).reshape(rows, k) > 0.75
    y[:, 1], p[:, 1] = y[:, 1] | (p[:, 1] > 0.25), p[:, 1] / 2
    return decided(y, p > 0.5, ('macro', 'micro')) + [roc_auc_score(y, p), average_precision_score(y, p)]
def regression(rows, outputs):
    return median_absolute_error(values(73, rows * outputs, 20).reshape(rows, outputs),
        values(79, rows * outputs, 20).reshape(rows, outputs))
print(json.dumps([classes(1000, 5, 3), classes(300, 12, 20), absent(400), top(700, 8), binary(777, 3),
    binary(1300, 24), constant(200), labels(500, 4, 3), [regression(1000, 1), regression(333, 3)]]))
`;

const GOLDEN: unknown = [
  [
    0.1990540142952355,
    0.196,
    0.19620147388141412,
    0.196,
    0.19473923773525667,
    0.196,
    [
      [0.17624521072796934, 0.24083769633507854, 0.20353982300884957, 191.0],
      [0.228310502283105, 0.23148148148148148, 0.22988505747126436, 216.0],
      [0.15566037735849056, 0.18435754189944134, 0.16879795396419436, 179.0],
      [0.21794871794871795, 0.1559633027522936, 0.18181818181818182, 218.0],
      [0.21710526315789475, 0.1683673469387755, 0.1896551724137931, 196.0],
    ],
    0.5080995831139044,
    0.20769015005748578,
    1.7450473849576715,
  ],
  [
    0.1187270592765186,
    0.12,
    0.11964242806341442,
    0.12,
    0.11757780491388879,
    0.12,
    [
      [0.16666666666666666, 0.12903225806451613, 0.14545454545454545, 31.0],
      [0.08695652173913043, 0.09523809523809523, 0.09090909090909091, 21.0],
      [0.22580645161290322, 0.2692307692307692, 0.24561403508771928, 26.0],
      [0.1, 0.10344827586206896, 0.1016949152542373, 29.0],
      [0.08695652173913043, 0.06896551724137931, 0.07692307692307693, 29.0],
      [0.07407407407407407, 0.08695652173913043, 0.08, 23.0],
      [0.20833333333333334, 0.17857142857142858, 0.19230769230769232, 28.0],
      [0.10526315789473684, 0.08, 0.09090909090909091, 25.0],
      [0.10344827586206896, 0.11538461538461539, 0.10909090909090909, 26.0],
      [0.1111111111111111, 0.17647058823529413, 0.13636363636363635, 17.0],
      [0.038461538461538464, 0.045454545454545456, 0.041666666666666664, 22.0],
      [0.11764705882352941, 0.08695652173913043, 0.1, 23.0],
    ],
    0.4940216161762219,
    0.10260520979619746,
    2.7929425075157837,
  ],
  [0.13551020408163264, 0.175, 0.14366714809766945, 0.175, 0.13929597712039332, 0.175],
  [0.25, 0.37285714285714283, 0.6285714285714286],
  [
    0.7483221476510067, 0.5088166061845848, 0.45302445302445304, 0.38917975567190227, 0.5107663484241864,
    0.45302445302445304, 0.5120551090700345, 0.44490017532564685, 0.45302445302445304, 0.5211990555384458,
    0.7464243798074728, 3.894765274734174,
  ],
  [
    0.740506329113924, 0.49899567952702184, 0.49230769230769234, 0.4854771784232365, 0.4986909701639992,
    0.49230769230769234, 0.5864661654135338, 0.4645478237426235, 0.49230769230769234, 0.50647414048607,
    0.7426910228258263, 0.9889742760686743,
  ],
  [0.5, 0.775],
  [
    0.19536137312300103, 0.2578268876611418, 0.27563509778911566, 0.1917808219178082, 0.22692466460268318,
    0.2199528672427337, 0.619556936253844, 0.4381673545677839,
  ],
  [0.2946162223815918, 0.29074732462565106],
];

/** Whole numbers over their sum. */
function probable(rows: number, k: number, bits: number): Float64Array {
  const raw = values(37, rows * k, bits).map((value) => value + 2 ** -bits);
  const sums = Float64Array.from({ length: rows }, (_, row) =>
    raw.subarray(row * k, (row + 1) * k).reduce((sum, value) => sum + value, 0),
  );
  return raw.map((value, i) => value / sums[Math.floor(i / k)]);
}

function decided(
  h: Float64Array,
  y: Float64Array,
  outputs: number,
  task: LearningTask,
  averages: readonly (string | undefined)[],
) {
  return ['precision', 'recall', 'f1'].flatMap((name) =>
    averages.map((average) => valueFor(name, h, y, outputs, task, average === undefined ? {} : { average })),
  );
}

function classes(rows: number, k: number, bits: number) {
  const [p, y] = [probable(rows, k, bits), oneHot(values(41, rows * k, 8), k)];
  const found = ['per-class', 'roc-auc', 'average-precision', 'log-loss'].map((name) =>
    valueFor(name, p, y, k, 'classification'),
  );
  // Macro is what nobody asks for.
  return [...decided(p, y, k, 'classification', [undefined, 'micro']), ...found];
}

const without = (all: Float64Array, columns: readonly number[]) =>
  all.map((value, i) => (columns.includes(i % 6) ? 0 : value));

function binary(rows: number, bits: number) {
  const [p, y] = [values(59, rows, bits), values(61, rows, 8).map((value) => Number(value > 0.25))];
  const found = ['roc-auc', 'average-precision', 'log-loss'].map((name) => valueFor(name, p, y, 1, 'binary'));
  return [...decided(p, y, 1, 'binary', [undefined, 'macro', 'micro']), ...found];
}

function labels(rows: number, k: number, bits: number) {
  const p = values(67, rows * k, bits);
  const y = values(71, rows * k, 8).map((value, i) => Number(value > 0.75 || (i % k === 1 && p[i] > 0.25)));
  const halved = p.map((value, i) => (i % k === 1 ? value / 2 : value));
  const found = ['roc-auc', 'average-precision'].map((name) => valueFor(name, halved, y, k, 'multi-label'));
  return [...decided(halved, y, k, 'multi-label', [undefined, 'micro']), ...found];
}

function found(): unknown {
  const absent = [
    without(values(43, 2400, 8), [2, 3]),
    oneHot(without(values(47, 2400, 8), [2, 5]), 6),
  ] as const;
  const [p, y] = [probable(700, 8, 24), oneHot(values(53, 5600, 8), 8)];
  const two = values(61, 200, 8).map((value) => Number(value > 0.25));
  const same = new Float64Array(200).fill(0.5);
  const median = (rows: number, outputs: number) =>
    valueFor(
      'median-absolute-error',
      values(79, rows * outputs, 20),
      values(73, rows * outputs, 20),
      outputs,
      'regression',
    );
  return [
    classes(1000, 5, 3),
    classes(300, 12, 20),
    decided(...absent, 6, 'classification', [undefined, 'micro']),
    [
      valueFor('top-2', p, y, 8, 'classification'),
      valueFor('top-3', p, y, 8, 'classification'),
      valueFor('top-k', p, y, 8, 'classification'),
    ],
    binary(777, 3),
    binary(1300, 24),
    ['roc-auc', 'average-precision'].map((name) => valueFor(name, same, two, 1, 'binary')),
    labels(500, 4, 3),
    [median(1000, 1), median(333, 3)],
  ];
}

t.test('equal scikit-learn to 1e-12, with ties, absent classes and constant outputs', async (t) => {
  near(t, found(), GOLDEN);
});

recipeGives(recipe, GOLDEN);

t.test('what targets leave undefined is null, and it says why', async (t) => {
  const h = Float64Array.of(0.25, 0.5, 0.25, 0.5, 0.25, 0.25);
  const reason = (name: string, y: readonly number[], outputs: number, task: LearningTask) => {
    const { value, reason } = figure(name, h, Float64Array.from(y), outputs, task);
    t.equal(value, null);
    return reason;
  };
  for (const name of ['roc-auc', 'average-precision']) {
    t.equal(reason(name, [1, 0, 0, 0, 1, 0], 3, 'classification'), 'no row is of class 2');
    t.equal(reason(name, [0, 1, 0, 1, 0, 1], 2, 'classification'), 'all rows are of class 1');
    t.equal(reason(name, [0, 0, 0, 0, 0, 0], 1, 'binary'), 'the targets are all the same');
    t.equal(reason(name, [0, 1, 1, 1, 0, 1], 2, 'multi-label'), 'the targets of output 1 are all the same');
  }
});

t.test('a softmax of two classes is scored as a sigmoid of the second', async (t) => {
  const p = values(83, 300, 6);
  const y = values(89, 300, 8).map((value) => Number(value > 0.5));
  const both = (all: Float64Array) =>
    Float64Array.from({ length: 600 }, (_, i) => (i % 2 === 0 ? 1 - all[i >> 1] : all[i >> 1]));
  for (const name of ['precision', 'recall', 'f1', 'macro-f1', 'roc-auc', 'average-precision', 'log-loss']) {
    // The largest of two equals is the first, and one half is no.
    near(t, valueFor(name, both(p), both(y), 2, 'classification'), valueFor(name, p, y, 1, 'binary'), name);
  }
});

t.test(
  'outputs that are all the same do not score 100 % of top-k; of equals the first come first',
  async (t) => {
    const same = new Float64Array(4 * 6).fill(0.25);
    const y = oneHot(
      Float64Array.from({ length: 24 }, (_, i) => Number(i % 4 === (i >> 2) % 4)),
      4,
    );
    t.equal(valueFor('top-2', same, y, 4, 'classification'), 4 / 6, 'classes 0, 1, 2, 3, 0, 1');
    t.equal(valueFor('top-k', same, y, 4, 'classification', { k: 3 }), 5 / 6);
    t.equal(
      valueFor('top-k', same, y, 4, 'classification', { k: 2 }),
      valueFor('top-2', same, y, 4, 'classification'),
    );
  },
);

t.test('a broken network is never right', async (t) => {
  const h = Float64Array.of(Number.NaN, 0.9, 0.1, 0.2, 0.3, 0.5, 0.6, 0.1, 0.3);
  const y = Float64Array.of(0, 1, 0, 0, 0, 1, 1, 0, 0);
  const of = (name: string) => valueFor(name, h, y, 3, 'classification');
  t.equal(of('top-2'), 2 / 3);
  t.strictSame(of('per-class'), [
    [1, 1, 1, 1],
    [0, 0, 0, 1],
    [1, 1, 1, 1],
  ]);
  for (const name of ['roc-auc', 'average-precision', 'log-loss']) t.ok(Number.isNaN(of(name)), name);
  t.ok(Number.isNaN(valueFor('median-absolute-error', h, y, 1, 'regression')));
});

t.test('a class that is not there has no figures of its own', async (t) => {
  const h = Float64Array.of(1, 0, 0, 0, 0, 1);
  t.strictSame(valueFor('per-class', h, h, 3, 'classification'), [
    [1, 1, 1, 1],
    [null, null, null, 0],
    [1, 1, 1, 1],
  ]);
  t.equal(valueFor('macro-f1', h, h, 3, 'classification'), 1);
});
