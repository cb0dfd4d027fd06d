/** Splits: how many rows each part gets, and which. */
import t from 'tap';
import { planSplit, splits } from '../../src/data/splits/index.js';
import { keyed, shuffle } from '../../src/random.js';

const sets = { first: 60, test: 10, where: 'a/folder' };
const plan = (spec: object, given = sets) => planSplit(spec as { name: string }, given);
const order = (rows: number, seed: number) =>
  shuffle(
    Uint32Array.from({ length: rows }, (_, row) => row),
    keyed(seed, 'split'),
  );

t.test('random: all rows in one order, cut', (t) => {
  const { parts, split } = plan({ name: 'random', train: 40, validation: 20, test: 8 });
  t.strictSame(parts, { train: 40, validation: 20, test: 8 });
  for (const seed of [0, 7]) {
    const { train, validation, test, unused } = split(seed);
    t.strictSame([...train, ...validation, ...test], [...order(70, seed).subarray(0, 68)]);
    t.strictSame([train.length, validation.length, test.length, unused], [40, 20, 8, 2]);
  }
  t.end();
});

t.test('official: the test set is the test, the rest by the seed', (t) => {
  const { parts, split } = plan({ name: 'official', train: 40, validation: 15 });
  t.strictSame(parts, { train: 40, validation: 15, test: 10 });
  for (const seed of [0, 7]) {
    const { train, validation, test, unused } = split(seed);
    t.strictSame([...train, ...validation], [...order(60, seed).subarray(0, 55)]);
    t.strictSame([train.length, validation.length, unused], [40, 15, 5]);
    t.strictSame([...test], [60, 61, 62, 63, 64, 65, 66, 67, 68, 69]);
  }
  t.end();
});

t.test('shares, and what is left over', (t) => {
  const of = (spec: object, given = sets) => Object.values(plan(spec, given).parts);
  t.strictSame(of({ name: 'random' }), [56, 7, 7], 'a tenth each, the rest for training');
  t.strictSame(of({ name: 'random', validation: 0.29, test: 1 }, { ...sets, first: 90 }), [70, 29, 1]);
  t.strictSame(of({ name: 'random', train: 0.5, validation: 0.25, test: 0.25 }), [35, 17, 17]);
  t.strictSame(of({ name: 'random', train: 0.1, validation: 0.2, test: 0.7 }), [7, 14, 49]);
  t.strictSame(of({ name: 'random', validation: 0, test: 0 }), [70, 0, 0]);
  t.strictSame(
    of({ name: 'random' }, { ...sets, first: 4, test: 0 }),
    [4, 0, 0],
    'a tenth of four rows is none',
  );
  t.strictSame(of({ name: 'official' }), [50, 10, 10], 'a sixth for validation');
  t.strictSame(of({ name: 'official' }, { ...sets, first: 60_000 }), [50_000, 10_000, 10]);
  t.strictSame(of({ name: 'official' }, { ...sets, first: 1e6 }), [990_000, 10_000, 10]);
  t.strictSame(of({ name: 'official', validation: 0 }), [60, 0, 10]);
  t.strictSame(of({ name: 'official', validation: 0.5, train: 3 }), [3, 30, 10]);
  t.end();
});

t.test('what there is not', (t) => {
  const cases: [spec: object, message: string, given?: typeof sets][] = [
    [
      { name: 'random', train: 60, validation: 5, test: 6 },
      'data.split: expected at most 70 rows, which a/folder holds, got train 60 + validation 5 + test 6 = 71; ' +
        'lower one of them',
    ],
    [
      { name: 'random', validation: 35, test: 35 },
      'data.split: expected rows to be left for training of the 70 that a/folder holds, got validation 35 + ' +
        'test 35 = 70; lower one of them',
    ],
    [{ name: 'random', train: 0 }, 'data.split.train: expected at least 1 row, got 0'],
    [{ name: 'random', train: 0.001 }, 'data.split.train: expected at least 1 row, got 0.001 of 70 rows'],
    [
      { name: 'official', train: 60, validation: 1 },
      'data.split: expected at most 60 rows, which the first set of a/folder holds, got train 60 + validation 1 ' +
        '+ test 0 = 61; lower one of them',
    ],
    [
      { name: 'official' },
      'data.split: "official" needs a test set, and a/folder has none; name its files, or use "random"',
      { ...sets, test: 0 },
    ],
  ];
  for (const [spec, message, given] of cases)
    t.throws(() => plan(spec, given), { name: 'UserError', message });
  t.end();
});

t.test('every member says what it is and what its options are', (t) => {
  for (const [name, { description, options }] of Object.entries(splits)) {
    t.match(description, /^[A-Z].*\.$/, name);
    for (const option of Object.values(options)) t.match(option.description, /^[A-Z].*\.$/);
  }
  t.end();
});
