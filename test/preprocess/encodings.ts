/** The encodings, and what they make of cells. */
import '../helpers/bare.js';
import t from 'tap';
import { embeddedOf } from '../../src/preprocess/embedded.js';
import { encodings, fitEncoding, orderOf } from '../../src/preprocess/encodings/index.js';
import {
  CellProblem,
  codeOf,
  encodeCategory,
  encodeNumber,
  type FittedCategory,
  type FittedColumn,
  type FittedNumber,
  inputsOf,
  slotsOf,
} from '../../src/preprocess/fitted.js';

const counts = Float64Array.of(1, 2, 1);
const size: FittedCategory = {
  name: 'size',
  type: 'category',
  categories: ['small', 'large'],
  rare: ['huge', 'tiny'],
  codes: 4,
  missing: 3,
  unseen: -1,
  encode: { name: 'one-hot' },
};
const weight: FittedNumber = {
  name: 'weight',
  type: 'number',
  scale: { log: false, center: 10, spread: 4 },
  fill: 14,
  indicator: true,
};

t.test('every encoding is among them', async (t) => {
  t.same(Object.keys(encodings).sort(), ['embed', 'one-hot', 'ordinal']);
});

t.test('one-hot', async (t) => {
  t.same(fitEncoding({ name: 'one-hot' }, 3, counts), { name: 'one-hot' });
  t.same(slotsOf(size), [{ codes: 4 }], 'a number in memory, an input a code');
  t.equal(orderOf({ name: 'one-hot' }), undefined);
});

t.test('ordinal: mean 0 and deviation 1 over the training rows', async (t) => {
  const fit = fitEncoding({ name: 'ordinal' }, 3, counts);
  t.same(fit, { name: 'ordinal', scale: { log: false, center: 1, spread: Math.SQRT1_2 } });
  const one = fitEncoding({ name: 'ordinal' }, 2, Float64Array.of(0, 5));
  t.same(one, { name: 'ordinal', scale: { log: false, center: 1, spread: 1 } }, 'it does not vary');
  const none = fitEncoding({ name: 'ordinal' }, 2, new Float64Array(2));
  t.same(none, { name: 'ordinal', scale: { log: false, center: 0, spread: 1 } });
  t.same(orderOf({ name: 'ordinal', order: ['b', 'a'] } as never), ['b', 'a']);
  const column: FittedCategory = { ...size, encode: fit };
  const into = new Float64Array(2);
  encodeCategory(column, 'large', into, 0);
  encodeCategory(column, 'tiny', into, 1);
  t.ok(Math.abs(into[0]) < 1e-15 && Math.abs(into[1] - Math.SQRT2) < 1e-15, `${into}`);
});

t.test('embed: a size by the number of codes', async (t) => {
  const sizeFor = (codes: number) => fitEncoding({ name: 'embed' }, codes, new Float64Array(codes));
  // min(100, round(1.6 · n^0.56)), fastai's rule; its values in Python.
  for (const [codes, wanted] of [
    [1, 2],
    [2, 2],
    [7, 5],
    [42, 13],
    [1000, 77],
    [9999, 100],
  ])
    t.same(sizeFor(codes), { name: 'embed', size: wanted }, `${codes}`);
  t.same(fitEncoding({ name: 'embed', size: 3 } as never, 9, counts), { name: 'embed', size: 3 });
});

t.test('which inputs are embedded', async (t) => {
  const embedded = (name: string, codes: number): FittedColumn => ({
    ...{ ...size, name, codes },
    encode: { name: 'embed', size: 3 },
  });
  const columns = [embedded('10', 5), weight, size, embedded('2', 70), weight];
  t.equal(inputsOf(columns.flatMap(slotsOf)), 1 + 2 + 4 + 1 + 2);
  t.same(embeddedOf(columns), {
    '10': { at: 0, codes: 5, size: 3 },
    '2': { at: 7, codes: 70, size: 3 },
  });
  t.equal(embeddedOf([weight, size]), undefined);
  t.equal(embeddedOf(undefined), undefined);
});

t.test('codes: known, rare, missing and unseen categories', async (t) => {
  t.equal(codeOf(size, 'small'), 0);
  t.equal(codeOf(size, 'large'), 1);
  t.equal(codeOf(size, 'huge'), 2);
  t.equal(codeOf(size, 'tiny'), 2);
  t.equal(codeOf(size, null), 3);
  t.equal(codeOf(size, 'Small'), -1);
  t.equal(codeOf(size, '__proto__'), -1);
  const strict: FittedCategory = { ...size, missing: null, unseen: null };
  t.throws(() => codeOf(strict, null), new CellProblem('is missing'));
  t.throws(() => codeOf(strict, 'Small'), new CellProblem('is "Small", which no training row has'));
});

t.test('numbers: filled before they are scaled, with an indicator', async (t) => {
  const into = new Float64Array(5);
  encodeNumber(weight, 12, into, 0);
  encodeNumber(weight, Number.NaN, into, 3);
  t.same([...into], [0.5, 0, 0, 1, 1]);
  t.throws(() => encodeNumber({ ...weight, fill: null }, Number.NaN, into, 0), new CellProblem('is missing'));
});
