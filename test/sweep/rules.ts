/** Who goes on, how trials share the cores, and how much a parameter matters. */
import '../helpers/bare.js';
import t from 'tap';
import { ranking, survivors, untilOf } from '../../src/sweep/halving.js';
import { epsilonSquared, importances, ranksOf } from '../../src/sweep/importance.js';
import { parameterOf } from '../../src/sweep/parameter.js';
import { shareOut } from '../../src/sweep/share.js';

const trialsOf = (...values: (number | null)[]) => values.map((value, k) => ({ trial: k + 1, value }));
const numbers = (trials: readonly { trial: number }[]) => trials.map(({ trial }) => trial);

t.test('halving: the best, of equals the earlier, in the order of trials', async (t) => {
  const trials = trialsOf(0.5, 0.9, null, 0.9, 0.7, 0.9);
  t.same(numbers(ranking(trials, 'higher')), [2, 4, 6, 5, 1, 3]);
  t.same(numbers(ranking(trials, 'lower')), [1, 5, 2, 4, 6, 3]);
  t.same(numbers(survivors(trials, 'higher', 1 / 3)), [2, 4]);
  t.same(numbers(survivors(trials, 'lower', 0.5)), [1, 2, 5]);
  t.same(numbers(survivors(trialsOf(1, 2), 'lower', 0.1)), [1], 'one always goes on');
  for (let n = 1; n < 100; n++)
    t.equal(survivors(trialsOf(...Array(3 * n).fill(1)), 'lower', 1 / 3).length, n);
  t.same(
    [untilOf('2 epochs', 3), untilOf('1 epoch', 1), untilOf('500 steps', 2)],
    ['6 epochs', '1 epoch', '1000 steps'],
  );
});

t.test('at the same time where that is faster', async (t) => {
  // Threads that bring nothing: every core has a trial.
  t.match(shareOut([1, 1, 1, 1], 40), {
    parallel: 4,
    threads: 1,
    reason: '4.0 times as many steps a second as one after another',
  });
  t.match(shareOut([1, 1, 1, 1], 3), { parallel: 3, threads: 1 });
  // Threads that bring all they can: as good as trials at the same time, for a part of the memory.
  t.match(shareOut([1, 1 / 2, 1 / 3, 1 / 4], 40), {
    parallel: 1,
    threads: 4,
    reason: /4\.0 times as fast with 4 threads/,
  });
  // Two bring much, more do not.
  t.match(shareOut([1, 0.5, 0.5, 0.5], 40), { parallel: 2, threads: 2 });
  t.match(shareOut([1], 40), { parallel: 1, threads: 1, reason: 'one core' });
  t.match(shareOut([1, 0.6], 1), { parallel: 1, threads: 2, reason: 'one trial' });
  t.match(shareOut([1, 1, 1, 1], 40, { parallel: 2 }), { parallel: 2, threads: 1 });
  t.match(shareOut([1, 0.5, 0.4, 0.3], 40, { threads: 2 }), {
    parallel: 2,
    threads: 2,
    reason: 'as asked for',
  });
  t.match(shareOut([1, 0.5], 2, { parallel: 5, threads: 3 }), { parallel: 2, threads: 3 });
});

t.test('importance: a share of the variance of ranks', async (t) => {
  // scipy.stats.rankdata([3, 1, 4, 1, 5, 9, 2, 6, 5, 3]), and epsilon squared of them by NumPy:
  // (ssb - (k - 1) * ssw / (n - k)) / sst of the groups below
  const values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
  const groups = [0, 0, 1, 1, 1, 2, 0, 2, 2, 0];
  t.same(ranksOf(values), [4.5, 1.5, 6, 1.5, 7.5, 10, 3, 9, 7.5, 4.5]);
  t.ok(Math.abs(Number(epsilonSquared(ranksOf(values), groups)) - 0.5419973544973546) < 1e-14);
  t.equal(epsilonSquared([1, 1, 1, 1], [0, 0, 1, 1]), 0);

  const parameters = [parameterOf('a', { min: 0, max: 1 }), parameterOf('b', ['x', 'y'])];
  const trials = Array.from({ length: 40 }, (_, k) => ({
    values: [k / 40, k % 2 === 0 ? 'x' : 'y'],
    value: k === 5 ? null : (k / 40) ** 3,
  }));
  const [a, b] = importances(parameters, trials);
  t.ok(Number(a.share) > 0.9 && Number(b.share) < 0.05, JSON.stringify([a, b]));
  t.same(
    importances(parameters, trials.slice(0, 7)).map(({ share }) => share),
    [null, null],
    'too few to say',
  );
});
