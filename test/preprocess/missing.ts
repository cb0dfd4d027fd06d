/** The rules for missing values. */
import '../helpers/bare.js';
import t from 'tap';
import { missingRule, missingRules } from '../../src/preprocess/missing/index.js';

const values = Float64Array.of(3, -1, 7, 3, 10, -1, 100, -1);
const number = (name: string, of = values, options: object = {}) =>
  missingRule(name).number?.(of, options as never);
const category = (name: string, counts: Record<string, number>, options: object = {}) =>
  missingRule(name).category?.(new Map(Object.entries(counts)), options as never);

t.test('numbers', async (t) => {
  t.equal(number('median'), 3);
  t.equal(number('median', Float64Array.of(10, 9, 1, 2)), 5.5, 'by size, not as texts');
  t.equal(number('mean'), 15);
  t.equal(number('indicator'), 3, 'as the median, and one more input');
  t.equal(number('mode'), -1);
  t.equal(number('mode', Float64Array.of(5, 2, 5, 2, 9)), 2, 'of several the smallest');
  t.equal(number('constant', values, { value: -0.5 }), -0.5);
  t.equal(number('constant', values, { value: '2020-02-29' }), Date.UTC(2020, 1, 29), 'of a date');
  t.ok(Number.isNaN(number('constant', values, { value: 'soon' })));
  for (const name of ['drop', 'category']) t.equal(number(name), undefined, name);
  t.same(values, Float64Array.of(3, -1, 7, 3, 10, -1, 100, -1), 'they are left as they are');
});

t.test('categories', async (t) => {
  t.equal(category('mode', { b: 2, a: 1, c: 2 }), 'b', 'of several the first by code point');
  t.equal(category('mode', { '\u{1F600}': 3, '\uFF5E': 3 }), '\uFF5E', 'not by code unit');
  t.equal(category('constant', { a: 1 }, { value: 'none' }), 'none');
  for (const name of ['median', 'mean', 'indicator', 'drop'])
    t.equal(category(name, { a: 1 }), undefined, name);
});

t.test('which columns each is for', async (t) => {
  t.same(Object.fromEntries(Object.entries(missingRules).map(([name, { types }]) => [name, types])), {
    median: ['number', 'date'],
    mean: ['number', 'date'],
    mode: ['number', 'category', 'date'],
    constant: ['number', 'category', 'date'],
    category: ['category'],
    indicator: ['number'],
    drop: ['number', 'category', 'date'],
  });
  const flags = (key: 'drops' | 'indicates' | 'isCategory') =>
    Object.keys(missingRules).filter((name) => missingRule(name)[key]);
  t.same(flags('drops'), ['drop']);
  t.same(flags('indicates'), ['indicator']);
  t.same(flags('isCategory'), ['category']);
});
