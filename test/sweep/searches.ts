/** Which values trials have: known ones, and what each search promises. */
import '../helpers/bare.js';
import t from 'tap';
import { keyed } from '../../src/random.js';
import { type Parameter, parameterOf } from '../../src/sweep/parameter.js';
import { searches } from '../../src/sweep/searches/index.js';
import type { Tried } from '../../src/sweep/searches/search.js';
import { MOST_DIMENSIONS, scrambledSobol, sobol } from '../../src/sweep/sobol.js';

const parameters = [
  parameterOf('a', { log: [0.001, 1] }),
  parameterOf('b', [4, 8, 16]),
  parameterOf('c', { int: [1, 6] }),
  parameterOf('d', { intLog: [8, 512] }),
  parameterOf('e', { min: -1, max: 1 }),
];
const spec = { trials: 40, seed: 7, round: 8 };

t.test('parameters: from 0 to 1 to a value, and back', async (t) => {
  const [a, b, c, d, e] = parameters;
  t.same(
    [0, 0.5, 1 - 2 ** -53].map((u) => [a, b, c, d, e].map(({ value }) => value(u))),
    [
      [0.001, 4, 1, 8, -1],
      [0.0316228, 8, 4, 62, 0],
      [1, 16, 6, 512, 1],
    ],
  );
  for (const { value, unit } of parameters) {
    for (const u of [0.01, 0.3, 0.77, 0.99]) t.equal(value(unit(value(u))), value(u));
  }
  // Each whole number has the same share of the range; of a logarithm, of the logarithm's.
  const counts = new Array<number>(7).fill(0);
  for (let k = 0; k < 600; k++) counts[Number(c.value((k + 0.5) / 600))]++;
  t.same(counts, [0, 100, 100, 100, 100, 100, 100]);

  const refuse = (what: unknown, message: RegExp) => t.throws(() => parameterOf('x', what), { message });
  refuse(3, /expected a list of values, .* got 3/);
  refuse([], /got an empty list/);
  refuse([1, 2, 1], /every value once, got 1 twice/);
  refuse({ min: 1 }, /got a mapping with the keys min/);
  refuse({ min: 2, max: 1 }, /lower of two numbers first, got 2 and 1/);
  refuse({ log: [0, 1] }, /above 0 for a logarithm, got 0/);
  refuse({ int: [1, 2.5] }, /two whole numbers/);
  // Of a narrow range no two trials are the same.
  const narrow = parameterOf('n', { min: 0.5, max: 0.5000001 });
  t.equal(new Set(Array.from({ length: 100 }, (_, k) => narrow.value(k / 100))).size, 100);
  refuse({ log: [1, 1 + 1e-15] }, /ends further apart, got 1 and 1\.000000000000001, /);
});

t.test('grid: every combination once', async (t) => {
  const grid = [parameterOf('a', [1, 2]), parameterOf('b', ['x', 'y', { name: 'z' }])];
  t.equal(searches.grid.trials?.(grid), 6);
  const points = Array.from({ length: 6 }, (_, k) => searches.grid.point(spec, grid, k + 1, []));
  t.same(points, [
    [1, 'x'],
    [1, 'y'],
    [1, { name: 'z' }],
    [2, 'x'],
    [2, 'y'],
    [2, { name: 'z' }],
  ]);
  t.match(searches.grid.refuse?.(parameters), /"a" is a range/);
});

t.test('random: a function of seed, trial and parameter', async (t) => {
  const point = (number: number, some: readonly Parameter[] = parameters) =>
    searches.random.point(spec, some, number, []);
  t.same(point(1), [0.00154548, 8, 1, 61, 0.707819]);
  t.same(point(40), [0.583154, 8, 4, 10, -0.687572]);
  const u = keyed(7, 'sweep', 2, 'e').uniform();
  t.equal(point(2)[4], Number((2 * u - 1).toPrecision(6)));
  t.equal(point(2, [parameters[4]])[0], point(2)[4], 'other parameters change nothing');
  t.not(searches.random.point({ ...spec, seed: 8 }, parameters, 1, [])[0], point(1)[0]);
});

t.test("sobol: SciPy's points", async (t) => {
  // scipy 1.17.1: scipy.stats.qmc.Sobol(32, scramble=False, bits=32).random(1024)[i]
  const known: [number, number[]][] = [
    [1, [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]],
    [2, [0.75, 0.25, 0.25, 0.25, 0.75, 0.75]],
    [9, [0.6875, 0.8125, 0.4375, 0.9375, 0.0625, 0.8125]],
    [15, [0.0625, 0.9375, 0.5625, 0.3125, 0.6875, 0.1875]],
    [
      777,
      [
        0.6923828125, 0.9365234375, 0.1630859375, 0.2744140625, 0.6357421875, 0.3564453125, 0.1904296875,
        0.7626953125, 0.3486328125, 0.3232421875, 0.7451171875, 0.6962890625, 0.3837890625, 0.4736328125,
        0.5693359375, 0.5146484375, 0.4033203125, 0.8642578125, 0.3701171875, 0.7529296875, 0.2373046875,
        0.2724609375, 0.9462890625, 0.4814453125, 0.3447265625, 0.1455078125, 0.0595703125, 0.7802734375,
        0.0634765625, 0.1103515625, 0.5419921875, 0.8994140625,
      ],
    ],
    [
      1023,
      [
        0.0009765625, 0.7529296875, 0.6123046875, 0.1455078125, 0.1865234375, 0.4384765625, 0.1396484375,
        0.6181640625, 0.3447265625, 0.8505859375, 0.6787109375, 0.0361328125, 0.1298828125, 0.6650390625,
        0.3623046875, 0.4638671875, 0.3134765625, 0.8759765625, 0.5849609375, 0.3193359375, 0.8662109375,
        0.0185546875, 0.7939453125, 0.1962890625, 0.2392578125, 0.3759765625, 0.5087890625, 0.7607421875,
        0.8408203125, 0.4345703125, 0.9287109375, 0.6142578125,
      ],
    ],
  ];
  for (const [index, point] of known) {
    t.same(
      point.map((_, dimension) => sobol(index, dimension)),
      point,
    );
  }
  t.equal(known[4][1].length, MOST_DIMENSIONS);
});

t.test('quasi-random: scrambled by the seed, and as even', async (t) => {
  t.same(searches['quasi-random'].point(spec, parameters, 1, []), [0.0153029, 8, 1, 127, 0.769445]);
  t.same(searches['quasi-random'].point(spec, parameters, 40, []), [0.00919947, 16, 4, 60, 0.791023]);
  t.not(scrambledSobol(0, 0, 1), scrambledSobol(0, 0, 2));
  for (const seed of [0, 7, 2 ** 40]) {
    for (let dimension = 0; dimension < MOST_DIMENSIONS; dimension++) {
      const parts = Array.from({ length: 64 }, (_, k) => Math.floor(64 * scrambledSobol(k, dimension, seed)));
      t.equal(new Set(parts).size, 64, `dimension ${dimension}: one in each 64th`);
    }
    // Of the first two dimensions every box of 2^-a by 2^-(6-a) has one.
    for (let a = 0; a <= 6; a++) {
      const boxes = Array.from(
        { length: 64 },
        (_, k) =>
          Math.floor(2 ** a * scrambledSobol(k, 0, seed)) * 64 +
          Math.floor(2 ** (6 - a) * scrambledSobol(k, 1, seed)),
      );
      t.equal(new Set(boxes).size, 64);
    }
  }
  t.match(searches['quasi-random'].refuse?.(Array(33).fill(parameters[0])), /at most 32 parameters/);
});

t.test('tpe: from earlier rounds alone, and better than random', async (t) => {
  const cost = ([a, b]: readonly unknown[]) => Math.abs(Math.log(Number(a) / 0.1)) + (b === 8 ? 0 : 1);
  const first = Array.from({ length: 16 }, (_, k): Tried => {
    const values = searches.random.point(spec, parameters, k + 1, []);
    return { values, cost: cost(values) };
  });
  t.same(searches.tpe.point(spec, parameters, 17, first), [0.222828, 8, 1, 10, 0.275301]);
  t.same(searches.tpe.point(spec, parameters, 20, first), [0.198179, 8, 1, 10, 0.365268]);
  t.same(
    searches.tpe.point(spec, parameters, 3, []),
    searches.random.point(spec, parameters, 3, []),
    'nothing is known yet',
  );
  // What came to nothing is no better than what is worst.
  const broken = first.map((one, k) => (k === 3 ? { ...one, cost: Number.POSITIVE_INFINITY } : one));
  t.equal(searches.tpe.point(spec, parameters, 17, broken).length, 5);

  let better = 0;
  for (let seed = 0; seed < 10; seed++) {
    const all: Tried[] = [];
    while (all.length < 40) {
      const known = [...all];
      for (let k = 0; k < spec.round; k++) {
        const values = searches.tpe.point({ ...spec, seed }, parameters, all.length + 1, known);
        all.push({ values, cost: cost(values) });
      }
    }
    const drawn = all.map((_, k) => cost(searches.random.point({ ...spec, seed }, parameters, k + 1, [])));
    if (Math.min(...all.map((one) => one.cost)) < Math.min(...drawn)) better++;
  }
  t.ok(better >= 7, `better in ${better} of 10`);
});
