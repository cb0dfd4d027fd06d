/** The metrics against scikit-learn's, on numbers that Python makes too; and what scikit-learn does not say. */
import '../helpers/bare.js';
import t from 'tap';
import { losses } from '../../src/model/losses/index.js';
import { metricNames, metricOf } from '../../src/model/metrics/index.js';
import { type LearningTask, learningTask } from '../../src/model/metrics/task.js';
import { defaultsOf } from '../../src/options.js';
import { figure, near, oneHot, recipeGives, valueFor, values, yes } from '../helpers/metrics.js';

/**
 * Where the golden numbers come from: scikit-learn 1.9.1, NumPy 2.4.6. Outputs and targets are multiples of a power of
 * two, so both languages make the same ones; offsets leave them exact.
 */
const recipe = `
from sklearn.metrics import accuracy_score, confusion_matrix, mean_absolute_error, r2_score, root_mean_squared_error
def regression(rows, outputs, offset, scale):
    y = values(7, rows * outputs, 20).reshape(rows, outputs)
    h = y * 0.75 + values(11, rows * outputs, 20).reshape(rows, outputs) * 0.25
    y, h = y * scale + offset, h * scale + offset
    return [f(y, h) for f in (mean_absolute_error, root_mean_squared_error, r2_score)]
def classes(rows, k):
    h, y = values(13, rows * k, 2).reshape(rows, k).argmax(1), values(17, rows * k, 8).reshape(rows, k).argmax(1)
    return [accuracy_score(y, h), confusion_matrix(y, h, labels=range(k)).tolist()]
def binary(rows):
    h, y = values(19, rows, 3) > 0.5, values(23, rows, 8) > 0.5
    return [accuracy_score(y, h), confusion_matrix(y, h).tolist()]
def labels(rows, k):
    h, y = values(29, rows * k, 3) > 0.5, values(31, rows * k, 8) > 0.5
    return [accuracy_score(y, h)]
print(json.dumps([
    regression(1000, 1, 0, 1), regression(1000, 3, 0, 1), regression(1000, 1, 2**30, 1), regression(129, 2, -(2**20), 2),
    regression(2, 1, 0, 1), classes(1000, 5), binary(777), labels(500, 3)]))
`;

const GOLDEN: unknown = [
  [0.0819113805294037, 0.1008483413443805, 0.8809935556331467],
  [0.08250488821665446, 0.10119158558385448, 0.8786741384539859],
  [0.0819113805294037, 0.1008483413443805, 0.8809935556331968],
  [0.15863596376522568, 0.19782505449243387, 0.887776486118267],
  [0.05923497676849365, 0.08376534431360518, 0.966891203464007],
  [
    0.187,
    [
      [66, 51, 36, 38, 15],
      [60, 47, 35, 29, 19],
      [75, 52, 35, 25, 20],
      [62, 57, 36, 21, 21],
      [71, 45, 32, 34, 18],
    ],
  ],
  [
    0.5083655083655083,
    [
      [245, 136],
      [246, 150],
    ],
  ],
  [0.48733333333333334],
];

function regression(rows: number, outputs: number, offset: number, scale: number) {
  const y = values(7, rows * outputs, 20);
  const h = values(11, rows * outputs, 20).map((noise, i) => (y[i] * 0.75 + noise * 0.25) * scale + offset);
  const moved = y.map((value) => value * scale + offset);
  return ['mae', 'rmse', 'r2'].map((name) => valueFor(name, h, moved, outputs, 'regression'));
}

function found(): unknown {
  const h = values(13, 5000, 2);
  const y = oneHot(values(17, 5000, 8), 5);
  const [p, q] = [values(19, 777, 3), yes(values(23, 777, 8))];
  const [several, targets] = [values(29, 1500, 3), yes(values(31, 1500, 8))];
  return [
    regression(1000, 1, 0, 1),
    regression(1000, 3, 0, 1),
    regression(1000, 1, 2 ** 30, 1),
    regression(129, 2, -(2 ** 20), 2),
    regression(2, 1, 0, 1),
    ['accuracy', 'confusion'].map((name) => valueFor(name, h, y, 5, 'classification')),
    ['accuracy', 'confusion'].map((name) => valueFor(name, p, q, 1, 'binary')),
    [valueFor('accuracy', several, targets, 3, 'multi-label')],
  ];
}

t.test('equal scikit-learn to 1e-12, whatever the offset of the targets', async (t) => {
  near(t, found(), GOLDEN);
});

recipeGives(recipe, GOLDEN);

/** Likewise, of what says more of classes, of probabilities and of amounts; the calibration error is in no library. */
const moreRecipe = `
import warnings
warnings.simplefilter('ignore')  # of predicted classes that no row is of
from sklearn.metrics import (balanced_accuracy_score, brier_score_loss, cohen_kappa_score, explained_variance_score,
    matthews_corrcoef, mean_absolute_percentage_error, mean_pinball_loss, mean_poisson_deviance)
def calibration(confidence, right, bins=15):  # Guo et al. 2017
    edges = np.arange(1, bins) / bins
    b = np.searchsorted(edges, confidence)  # (edge, next edge]
    return sum(abs(right[b == k].mean() - confidence[b == k].mean()) * (b == k).mean() for k in set(b))
def agreement(y, h):
    return [balanced_accuracy_score(y, h), cohen_kappa_score(y, h), matthews_corrcoef(y, h)]
def several(rows, k, bits, missing):
    raw = values(101, rows * k, bits).reshape(rows, k) + 2 ** -bits
    p, y = raw / raw.sum(1, keepdims=True), values(103, rows * k, 8).reshape(rows, k)
    y[:, missing] = 0
    y = y.argmax(1)
    h = p.argmax(1)
    return agreement(y, h) + [
        brier_score_loss(y, p, labels=range(k)), calibration(p.max(1), y == h), calibration(p.max(1), y == h, 4)]
def yes(rows, bits):
    p, y = values(107, rows, bits), values(109, rows, 8) > 0.25
    return agreement(y, p > 0.5) + [brier_score_loss(y, p), calibration(p, y), calibration(p, y, 8)]
def amounts(rows, outputs, offset):
    y = values(113, rows * outputs, 20).reshape(rows, outputs)
    h = y * 0.75 + values(127, rows * outputs, 20).reshape(rows, outputs) * 0.5
    y, h = y + offset, h + offset
    return [explained_variance_score(y, h), mean_absolute_percentage_error(y, h),
        mean_pinball_loss(y, h), mean_pinball_loss(y, h, alpha=0.9)]
def counts(rows):
    y, h = np.floor(values(131, rows, 20) * 4), values(137, rows, 20) * 4 + 0.25
    return [mean_poisson_deviance(y, h), mean_absolute_percentage_error(y, h)]
print(json.dumps([several(1000, 5, 3, []), several(300, 6, 20, [2, 5]), yes(777, 3), yes(1300, 24),
    agreement(np.ones(50), values(139, 50, 8) > 0.5), amounts(1000, 1, 0.5), amounts(333, 3, 0.5), amounts(129, 1, 2**20), counts(500)]))
`;

const MORE: unknown = [
  [
    0.21592940167079938, 0.019800284307927685, 0.019881735220828044, 0.8399110682310733, 0.1090619713255407,
    0.10906197132554075,
  ],
  [
    0.15460876695816456, -0.005670977316090786, -0.006046036324202507, 0.8958843341107068,
    0.14038719363525654, 0.1403871936352566,
  ],
  [
    0.4927454799720308, -0.0102545095132196, -0.013480649694788285, 0.37518098455598453, 0.3527992277992278,
    0.3527992277992278,
  ],
  [
    0.49352310890772433, -0.009795622203410348, -0.011371699150517535, 0.34453101930541047,
    0.3219927360461309, 0.32110828362978416,
  ],
  [0.5, 0.0, 0.0],
  [0.7055701165522765, 0.20110125418991334, 0.08530697941780091, 0.03215157990455627],
  [0.7055689768008037, 0.2009734320078801, 0.0852303074167536, 0.03215135079365711],
  [0.6826387489328198, 1.6289258994637206e-7, 0.08540266336396683, 0.03482222242872844],
  [1.9667689176060288, 2354049825223213.0],
];

function agreement(h: Float64Array, y: Float64Array, outputs: number, task: LearningTask) {
  return ['balanced-accuracy', 'cohen-kappa', 'matthews'].map((name) => valueFor(name, h, y, outputs, task));
}

function several(rows: number, k: number, bits: number, missing: readonly number[]) {
  const raw = values(101, rows * k, bits).map((value) => value + 2 ** -bits);
  const p = raw.map((value, i) => {
    const at = i - (i % k);
    return value / raw.subarray(at, at + k).reduce((sum, each) => sum + each, 0);
  });
  const y = oneHot(
    values(103, rows * k, 8).map((value, i) => (missing.includes(i % k) ? 0 : value)),
    k,
  );
  const of = (name: string, options = {}) => valueFor(name, p, y, k, 'classification', options);
  const errors = [of('calibration-error'), of('calibration-error', { bins: 4 })];
  return [...agreement(p, y, k, 'classification'), of('brier'), ...errors];
}

function yesOrNo(rows: number, bits: number) {
  const [p, y] = [values(107, rows, bits), values(109, rows, 8).map((value) => Number(value > 0.25))];
  const of = (name: string, options = {}) => valueFor(name, p, y, 1, 'binary', options);
  const errors = [of('calibration-error'), of('calibration-error', { bins: 8 })];
  return [...agreement(p, y, 1, 'binary'), of('brier'), ...errors];
}

function amounts(rows: number, outputs: number, offset: number) {
  const y = values(113, rows * outputs, 20);
  const h = values(127, rows * outputs, 20).map((noise, i) => y[i] * 0.75 + noise * 0.5 + offset);
  const moved = y.map((value) => value + offset);
  const of = (name: string, options = {}) => valueFor(name, h, moved, outputs, 'regression', options);
  return [of('explained-variance'), of('mape'), of('pinball'), of('pinball', { quantile: 0.9 })];
}

t.test('what says more equals scikit-learn too', async (t) => {
  const counts = [values(131, 500, 20).map((value) => Math.floor(value * 4)), values(137, 500, 20)] as const;
  const rates = counts[1].map((value) => value * 4 + 0.25);
  near(
    t,
    [
      several(1000, 5, 3, []),
      several(300, 6, 20, [2, 5]),
      yesOrNo(777, 3),
      yesOrNo(1300, 24),
      agreement(yes(values(139, 50, 8)), new Float64Array(50).fill(1), 1, 'binary'),
      amounts(1000, 1, 0.5),
      amounts(333, 3, 0.5),
      amounts(129, 1, 2 ** 20),
      ['poisson-deviance', 'mape'].map((name) => valueFor(name, rates, counts[0], 1, 'regression')),
    ],
    MORE,
  );
});

recipeGives(moreRecipe, MORE);

t.test('what says more, where scikit-learn says something else or nothing', async (t) => {
  const of = (name: string, h: number[], y: number[], outputs: number, task: LearningTask, options = {}) =>
    figure(name, Float64Array.from(h), Float64Array.from(y), outputs, task, options);
  t.strictSame(of('explained-variance', [1, 2], [3, 3], 1, 'regression'), {
    value: null,
    reason: 'the targets are all the same',
  });
  t.strictSame(of('cohen-kappa', [1, 1], [1, 1], 1, 'binary'), {
    value: null,
    reason: 'targets and predictions are all of one class',
  });
  t.strictSame(of('matthews', [1, 1], [1, 1], 1, 'binary'), { value: 0 });
  t.match(of('poisson-deviance', [1, 1], [-1, 1], 1, 'regression').reason, /a target is below 0/);
  t.match(of('poisson-deviance', [0, 1], [0, 1], 1, 'regression').reason, /an output is not above 0/);
  // Of two outputs half, so that a softmax of two classes has the score of a sigmoid.
  const two = of('brier', [0.75, 0.25, 0.5, 0.5], [1, 0, 0, 1], 2, 'classification');
  t.equal(two.value, of('brier', [0.25, 0.5], [0, 1], 1, 'binary').value);
  t.equal(of('brier', [0.75, 0.25, 0.5, 0.5], [1, 0, 0, 1], 2, 'multi-label').value, 0.15625);
  // An edge is of the bin below it; each of two outputs has bins of its own.
  const edges = [0.5, 0, 0.25, 0, 1, 0];
  t.equal(of('calibration-error', edges, [1, 0, 0, 0, 1, 0], 2, 'multi-label', { bins: 2 }).value, 1 / 24);
  for (let bins = 2; bins <= 100; bins++) {
    for (let edge = 1; edge <= bins; edge++) {
      // Whatever the product of an edge and the number of bins rounds to.
      const pair = [edge / bins, (edge - 0.5) / bins];
      const wanted = Math.abs(1 - pair[0] - pair[1]) / 2;
      const { value } = of('calibration-error', pair, [1, 0], 1, 'binary', { bins });
      if (Math.abs(Number(value) - wanted) > 1e-12) t.fail(`${edge}/${bins}: ${value} for ${wanted}`);
    }
  }
  const nan = [Number.NaN, 0.5, 1, 0];
  for (const name of ['brier', 'calibration-error']) {
    t.ok(Number.isNaN(of(name, nan, [1, 0, 1, 0], 2, 'classification').value), name);
  }
  t.equal(of('balanced-accuracy', nan, [1, 0, 1, 0], 2, 'classification').value, 0.5);
  t.equal(of('cohen-kappa', nan, [1, 0, 1, 0], 2, 'classification').value, 0);
  // As of a third class: matthews_corrcoef([0, 1, 0], [2, 1, 0]).
  const [three, truth] = [
    [Number.NaN, 0, 0, 1, 1, 0],
    [1, 0, 0, 1, 1, 0],
  ];
  near(t, of('matthews', three, truth, 2, 'classification').value, 3 / Math.sqrt(24));
  for (const name of ['mape', 'pinball', 'explained-variance', 'poisson-deviance']) {
    t.ok(Number.isNaN(of(name, [Number.NaN, 1], [1, 2], 1, 'regression').value), name);
  }
});

t.test('an offset costs no digits, even where one unit of it is all the spread', async (t) => {
  const y = Float64Array.from({ length: 1000 }, (_, i) => 2 ** 52 + (i % 7));
  const h = y.map((value, i) => value + (i % 3) - 1);
  // The same in whole numbers.
  const [small, off] = [y.map((value) => value - 2 ** 52), h.map((value) => value - 2 ** 52)];
  t.equal(valueFor('r2', h, y, 1, 'regression'), valueFor('r2', off, small, 1, 'regression'));
  const mean = small.reduce((sum, value) => sum + value, 0) / 1000;
  const all = small.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const residual = off.reduce((sum, value, i) => sum + (value - small[i]) ** 2, 0);
  near(t, valueFor('r2', h, y, 1, 'regression'), 1 - residual / all);
});

t.test('targets that are all the same leave R² undefined, and it says whose', async (t) => {
  const y = new Float64Array(300).fill(0.1);
  t.strictSame(figure('r2', new Float64Array(300), y, 1, 'regression'), {
    value: null,
    reason: 'the targets are all the same',
  });
  const two = Float64Array.from({ length: 600 }, (_, i) => (i % 2 === 0 ? i : 0.1));
  t.match(figure('r2', two, two, 2, 'regression'), { reason: 'the targets of output 1 are all the same' });
  const last = y.slice();
  last[299] = 0.1 + 2 ** -56;
  t.type(valueFor('r2', last, last, 1, 'regression'), 'number', 'as soon as one differs it is defined');
});

t.test('of equals the first is the class; NaN is never right', async (t) => {
  const accuracy = (h: number[], y: number[], outputs: number, task: LearningTask) =>
    valueFor('accuracy', Float64Array.from(h), Float64Array.from(y), outputs, task);
  t.equal(accuracy([1, 1, 0, 0, 1, 1], [1, 0, 0, 0, 0, 1], 3, 'classification'), 0.5);
  t.equal(accuracy([Number.NaN, 1, 0], [0, 1, 0], 3, 'classification'), 0);
  t.equal(accuracy([Number.NaN, 1], [Number.NaN, 1], 2, 'classification'), 0, 'not even where the target is');
  t.equal(accuracy([Number.NaN, 0.5, 0.6], [0, 0, 1], 1, 'binary'), 2 / 3, '0.5 is no');
  t.equal(accuracy([Number.NaN, 0.2, 0.6, 0.6], [0, 0, 1, 0], 2, 'multi-label'), 0.5);
  const nan = valueFor(
    'confusion',
    Float64Array.of(Number.NaN, 1, 0, 1),
    Float64Array.of(1, 0, 1, 0),
    2,
    'classification',
  );
  t.strictSame(
    nan,
    [
      [0, 1],
      [0, 0],
    ],
    'and was taken for nothing',
  );
  t.ok(Number.isNaN(valueFor('mae', Float64Array.of(Number.NaN), Float64Array.of(1), 1, 'regression')));
});

t.test('the task follows from loss and targets', async (t) => {
  const [ce, bce, mse] = ['cross-entropy', 'binary-cross-entropy', 'mean-squared-error'].map(
    (name) => losses[name as keyof typeof losses],
  );
  t.equal(learningTask(ce, 'class', 10), 'classification');
  t.equal(learningTask(ce, 'values', 10), 'classification');
  t.equal(learningTask(bce, 'values', 1), 'binary');
  t.equal(learningTask(bce, 'values', 2), 'multi-label');
  t.equal(learningTask(bce, 'class', 10), 'classification');
  t.equal(learningTask(mse, 'class', 10), 'classification');
  t.equal(learningTask(mse, 'values', 1), 'regression');
  t.equal(learningTask(mse, 'values', 3), 'regression');
});

t.test('each says what it is', async (t) => {
  for (const name of metricNames) {
    const { description, tasks, better, size } = metricOf(name);
    t.match(description, /^[A-Z].*\.$/);
    t.ok(tasks.length > 0);
    t.ok(size(3, { name, ...defaultsOf(metricOf(name).options) }) > 0);
    t.equal(typeof metricOf(name).axes, better === null ? 'string' : 'undefined');
  }
  t.match(metricOf('confusion').refuse?.(257, { name: 'confusion' }), /at most 256 classes, got 257/);
  t.equal(metricOf('confusion').refuse?.(256, { name: 'confusion' }), undefined);
});
