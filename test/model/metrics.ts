/** The metrics against scikit-learn's, on numbers that Python makes too; and what scikit-learn does not say. */
import '../helpers/bare.js';
import t from 'tap';
import { losses } from '../../src/model/losses/index.js';
import { metricNames, metricOf } from '../../src/model/metrics/index.js';
import { type LearningTask, learningTask } from '../../src/model/metrics/task.js';
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
    t.ok(size(3) > 0);
    t.equal(typeof metricOf(name).axes, better === null ? 'string' : 'undefined');
  }
  t.match(metricOf('confusion').refuse?.(257, { name: 'confusion' }), /at most 256 classes, got 257/);
  t.equal(metricOf('confusion').refuse?.(256, { name: 'confusion' }), undefined);
});
