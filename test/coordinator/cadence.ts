/** When checkpoints are due, by steps, epochs and the clock. */
import '../helpers/bare.js';
import t from 'tap';
import { Cadence } from '../../src/coordinator/cadence.js';

t.test('steps and epochs', async (t) => {
  const steps = new Cadence('500 steps', 19);
  t.equal(steps.steps, 500);
  t.strictSame(
    [1, 499, 500, 1000].map((step) => steps.take(step)),
    [false, false, true, true],
  );
  const epochs = new Cadence('2 epochs', 19);
  t.equal(epochs.steps, 38);
  t.notOk(epochs.overdue);
});

for (const [every, ms] of [
  ['30 s', 30_000],
  ['5 min', 300_000],
  ['1 h', 3_600_000],
] as const) {
  t.test(`every ${every}`, async (t) => {
    let now = 1000;
    const schedule = new Cadence(every, 19, () => now);
    t.equal(schedule.steps, Number.POSITIVE_INFINITY);
    now += ms - 1;
    t.notOk(schedule.overdue);
    t.notOk(schedule.take(38));
    now += 1;
    t.ok(schedule.overdue);
    t.ok(schedule.take(39));
    t.notOk(schedule.take(40), 'the clock begins anew');
  });
}
