/** The scales against scikit-learn's, and what scikit-learn does not say. */
import '../helpers/bare.js';
import t from 'tap';
import { type FittedScale, scaled, unscale } from '../../src/preprocess/fitted.js';
import { fitScale, type ScaleName, scales } from '../../src/preprocess/scales/index.js';
import { quantile } from '../../src/preprocess/scales/scale.js';
import { printedBy } from '../helpers/python.js';

const i = Array.from({ length: 11 }, (_, k) => k + 1);
/** The recipe's columns. */
const columns: Record<string, Float64Array> = {
  spread: Float64Array.from(i, (k) => (((k * k * 1238) % 2003) - 1001) / 7),
  far: Float64Array.from(i, (k) => 1e9 + ((k * k) % 7)),
  constant: Float64Array.from(i, () => 0.1),
  powers: Float64Array.from(i, (k) => (-10) ** (k % 6)),
};

/** Where the golden numbers come from: scikit-learn 1.2.1, NumPy 1.24.2. */
const recipe = `
import json, numpy as np
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
i = np.arange(1, 12)
columns = {
    'spread': (i * i * 1238 % 2003 - 1001) / 7,
    'far': 1e9 + i * i % 7,
    'constant': np.full(11, 0.1),
    'powers': (-10.0) ** (i % 6),
}
out = {}
for name, x in columns.items():
    x = x.reshape(-1, 1)
    log = np.sign(x) * np.log1p(np.abs(x))
    each = {
        'standard': StandardScaler().fit_transform(x), 'min-max': MinMaxScaler().fit_transform(x),
        'robust': RobustScaler().fit_transform(x), 'log-standard': StandardScaler().fit_transform(log),
    }
    out[name] = {k: v[[0, 4, 10], 0].tolist() for k, v in each.items()}
print(json.dumps(out))
`;

/** Values 0, 4 and 10 of each column, scaled. */
const GOLDEN: Record<string, Record<string, readonly number[]>> = {
  spread: {
    standard: [0.3956052308855221, -0.2908476164539699, 1.0923651780349164],
    'min-max': [0.6715063520871143, 0.47005444646098005, 0.8759830611010284],
    robust: [0.18399401645474942, -0.31413612565445026, 0.6896035901271503],
    'log-standard': [0.8152991792456316, -0.8208895633611928, 1.0432358745071157],
  },
  far: {
    standard: [-0.8320503191348747, 1.4560879902941952, -0.06933754932518475],
    'min-max': [0.25, 1, 0.5],
    robust: [-0.5, 1, 0],
    'log-standard': [-0.8320485699833834, 1.4560897394456866, -0.0693358001736934],
  },
  constant: {
    standard: [0, 0, 0],
    'min-max': [0, 0, 0],
    robust: [0, 0, 0],
    'log-standard': [0, 0, 0],
  },
  powers: {
    standard: [0.41778910423577903, -2.111100812377548, -2.111100812377548],
    'min-max': [0.909, 0, 0],
    robust: [0, -90.9, -90.9],
    'log-standard': [-0.16539493434973757, -1.4330500923627905, -1.4330500923627905],
  },
};

/** Whole numbers beyond 10⁹ are exact; their logarithms are some 10⁻⁹ apart, and have no more digits than that leaves. */
const toleranceOf = (column: string, name: string) =>
  column !== 'far' ? 1e-12 : name === 'log-standard' ? 1e-4 : 1e-6;

for (const [column, values] of Object.entries(columns)) {
  t.test(column, async (t) => {
    for (const [name, wanted] of Object.entries(GOLDEN[column])) {
      const scale = fitScale({ name }, values);
      for (const [k, at] of [0, 4, 10].entries()) {
        const got = scaled(values[at], scale);
        t.ok(Math.abs(got - wanted[k]) <= toleranceOf(column, name), `${name}: ${got}, ${wanted[k]}`);
        t.ok(Math.abs(unscale(got, scale) / values[at] - 1) < 1e-12, `${name}, and back`);
      }
    }
  });
}

const printed = printedBy<typeof GOLDEN>(recipe, 'sklearn');
t.test('the recipe prints these numbers', { skip: !printed && 'no scikit-learn here' }, async (t) => {
  for (const [column, names] of Object.entries(GOLDEN)) {
    for (const [name, wanted] of Object.entries(names)) {
      for (const [k, value] of (printed ?? GOLDEN)[column][name].entries())
        t.ok(Math.abs(value - wanted[k]) <= toleranceOf(column, name), `${column}, ${name}`);
    }
  }
});

t.test('every scale is among them', async (t) => {
  t.same(['none', ...Object.keys(GOLDEN.spread)].sort(), Object.keys(scales).sort());
});

t.test('none leaves values as they are, and so does any scale of no values', async (t) => {
  const unscaled: FittedScale = { log: false, center: 0, spread: 1 };
  t.same(fitScale({ name: 'none' }, columns.spread), unscaled);
  for (const name of Object.keys(scales) as ScaleName[])
    t.same(fitScale({ name }, new Float64Array()), unscaled, name);
});

t.test('the order of the rows changes no quantile, and a fit leaves the values as they are', async (t) => {
  const values = columns.spread.slice();
  const backwards = values.slice().reverse();
  for (const name of ['min-max', 'robust'])
    t.same(fitScale({ name }, backwards), fitScale({ name }, values), name);
  t.same(values, columns.spread);
});

t.test('quantiles lie linearly between neighbours', async (t) => {
  const sorted = Float64Array.of(1, 2, 4, 8);
  t.equal(quantile(sorted, 0), 1);
  t.equal(quantile(sorted, 0.5), 3);
  t.equal(quantile(sorted, 0.25), 1.75);
  t.equal(quantile(sorted, 1), 8);
  t.equal(quantile(Float64Array.of(5), 0.75), 5);
});
