import '../helpers/bare.js';
import t, { type Test } from 'tap';
import { pairedTTest, welchTTest, wilcoxonSignedRank } from '../../src/history/significance.js';

/*
 * Golden values: SciPy 1.17.1.
 *
 *   import numpy as np
 *   from scipy import stats
 *   a = [0.91, 0.88, 0.93, 0.90, 0.87, 0.92, 0.89]
 *   b = [0.93, 0.89, 0.92, 0.94, 0.90, 0.95, 0.93]
 *   e = [1.5, -0.3, 2.25, 0.75, -1.0, 3.5, 4.0, 0.2, 5.5, 2.6]
 *   stats.ttest_rel(b, a)
 *   stats.ttest_1samp(e, 0)
 *   stats.ttest_ind([1, 2, 3, 4.5], [10, 11.5, 12, 18, 30], equal_var=False)
 *   stats.wilcoxon(e, method='exact')
 *   stats.wilcoxon([k * (1 if k % 4 else -1.0) for k in range(1, 26)], method='exact')
 *   stats.wilcoxon([1, 1, -2, 3, 3, 4], method=stats.PermutationMethod(n_resamples=np.inf))
 *   stats.wilcoxon([k * (1 if k % 3 else -1) + 0.5 for k in range(1, 31)], method='approx', correction=False)
 */
const a = [0.91, 0.88, 0.93, 0.9, 0.87, 0.92, 0.89];
const b = [0.93, 0.89, 0.92, 0.94, 0.9, 0.95, 0.93];
const e = [1.5, -0.3, 2.25, 0.75, -1, 3.5, 4, 0.2, 5.5, 2.6];
const upTo = (n: number) => Array.from({ length: n }, (_, k) => k + 1);

/** To twelve digits of the larger one. */
const close = (t: Test, found: number | null | undefined, wanted: number, what: string) =>
  t.ok(
    Math.abs(Number(found) - wanted) <= 1e-12 * Math.max(1e-3, Math.abs(wanted)),
    `${what}: ${found}, ${wanted}`,
  );

t.test('the paired t-test', async (t) => {
  const found = pairedTTest(b.map((value, k) => value - a[k]));
  close(t, found.statistic, 3.3606722016672235, 't');
  close(t, found.p, 0.015216967499641928, 'p');
  t.equal(found.degrees, 6);
  const one = pairedTTest(e);
  close(t, one.statistic, 2.917710661414834, 't');
  close(t, one.p, 0.017095380910380247, 'p');
  const large = pairedTTest([1, 1.0000001, 1.0000002]);
  t.ok(Math.abs(Number(large.p) / 3.333332663157712e-15 - 1) < 1e-6, `a p of ${large.p}`);
});

t.test('what is undefined is said to be', async (t) => {
  t.match(pairedTTest([0.25, 0.25, 0.25]), { p: null, reason: /all pairs differ by the same/ });
  t.match(pairedTTest([0.1, 0.1, 0.1]), { p: null }, 'rounding of the mean makes no variance');
  t.match(pairedTTest([1]), { p: null, reason: /two pairs/ });
  t.match(wilcoxonSignedRank([0, 0]), { p: null, reason: /no pair differs/ });
  t.match(welchTTest([1, 1], [2, 2]), { p: null, reason: /neither varies/ });
  t.match(welchTTest([1], [2, 2]), { p: null });
});

t.test("Wilcoxon's signed ranks, all signs counted", async (t) => {
  const found = wilcoxonSignedRank(e);
  t.match(found, { statistic: 6, exact: true });
  close(t, found.p, 0.02734375, 'p');
  const most = wilcoxonSignedRank(upTo(25).map((k) => (k % 4 === 0 ? -k : k)));
  t.match(most, { statistic: 84, exact: true });
  close(t, most.p, 0.034173786640167236, 'p of 25');
  const ties = wilcoxonSignedRank([1, 1, -2, 3, 3, 4]);
  t.match(ties, { statistic: 3, exact: true });
  close(t, ties.p, 0.15625, 'p with ties');
  t.equal(wilcoxonSignedRank([0, 1, 1, -2, 3, 3, 4, 0]).p, ties.p, 'differences of 0 are left out');
});

t.test('beyond 25 by the normal distribution', async (t) => {
  const found = wilcoxonSignedRank(upTo(30).map((k) => (k % 3 === 0 ? -k : k) + 0.5));
  t.match(found, { statistic: 160, exact: false });
  close(t, found.p, 0.13580428750315632, 'p');
  const far = wilcoxonSignedRank(upTo(400));
  t.ok(Number(far.p) > 0 && Number(far.p) < 1e-60, `far out: ${far.p}`);
});

t.test("Welch's test", async (t) => {
  const found = welchTTest([1, 2, 3, 4.5], [10, 11.5, 12, 18, 30]);
  close(t, found.statistic, -3.635722110894266, 't');
  close(t, found.degrees, 4.325088798316377, 'degrees of freedom');
  close(t, found.p, 0.019265063357331004, 'p');
});
