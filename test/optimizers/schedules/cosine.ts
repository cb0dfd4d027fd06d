/** The rates of a cosine: warm-up, fall, what comes after. */
import t, { type Test } from 'tap';
import { checkSchedule, pinnedSchedule, rateOf } from '../../../src/optimizers/schedules/index.js';
import { scheduleOf } from '../../helpers/optimizers.js';

const ratesOf = (
  given: Record<string, unknown>,
  count: number,
  stepsPerEpoch = 10,
  steps = 20,
  learningRate = 0.5,
) => {
  const rate = rateOf({ learningRate, schedule: scheduleOf('cosine', given) }, stepsPerEpoch, steps);
  return Array.from({ length: count }, (_, step) => rate(step));
};
const close = (t: Test, found: number[], wanted: number[]) => {
  t.equal(found.length, wanted.length);
  for (const [k, value] of found.entries())
    t.ok(Math.abs(value - wanted[k]) < 1e-15, `${k}: ${value}, ${wanted[k]}`);
};

t.test('without warm-up: from the base to 0 at the end of the run', async (t) => {
  const rates = ratesOf({}, 21);
  close(t, [rates[0], rates[10], rates[20]], [0.5, 0.25, 0]);
  close(t, [rates[5]], [(0.5 * (1 + Math.SQRT1_2)) / 2]);
  t.ok(rates.every((rate, k) => k === 0 || rate < rates[k - 1]));
});

t.test('warm-up, length and final rate', async (t) => {
  const given = { warmup: '4 steps', length: '12 steps', final: 0.1 };
  const rates = ratesOf(given, 14);
  close(t, rates.slice(0, 4), [0.125, 0.25, 0.375, 0.5]);
  close(t, [rates[4], rates[8]], [0.5, 0.3]);
  close(t, rates.slice(12), [0.1, 0.1]);
  t.ok(rates[11] > 0.1 && rates[11] < rates[10]);
  t.same(ratesOf({ warmup: '1 epoch' }, 20), ratesOf({ warmup: '10 steps' }, 20), 'an epoch has ten steps');
  close(t, ratesOf({ warmup: '2 epochs' }, 21).slice(18), [0.475, 0.5, 0]);
  t.same(ratesOf(given, 14, 10, 20), ratesOf(given, 14, 10, 500), 'with a length the run’s does not matter');
});

t.test('the rate is that of a step alone', async (t) => {
  const rate = rateOf({ learningRate: 1, schedule: scheduleOf('cosine', { warmup: '3 steps' }) }, 7, 70);
  const forward = Array.from({ length: 70 }, (_, step) => rate(step));
  t.same(Array.from({ length: 70 }, (_, k) => rate(69 - k)).reverse(), forward);
});

t.test('a warm-up that is longer than the schedule', async (t) => {
  const check = (given: Record<string, unknown>) => checkSchedule(scheduleOf('cosine', given), 10, 20);
  check({ warmup: '2 epochs' });
  check({ warmup: '3 epochs', length: '30 steps' });
  t.throws(() => check({ warmup: '21 steps' }), {
    name: 'UserError',
    message: "optimizer.schedule.warmup: expected at most the schedule's 20 steps, got 21",
  });
  t.throws(() => check({ warmup: '1 epoch', length: '5 steps' }), { message: /schedule's 5 steps, got 10/ });
});

t.test('the length is pinned where it was not written', async (t) => {
  t.match(pinnedSchedule(scheduleOf('cosine'), 1), { name: 'cosine', length: '1 epoch', final: 0 });
  t.match(pinnedSchedule(scheduleOf('cosine'), 3), { length: '3 epochs' });
  t.match(pinnedSchedule(scheduleOf('cosine', { length: '5 steps' }), 3), { length: '5 steps' });
});
