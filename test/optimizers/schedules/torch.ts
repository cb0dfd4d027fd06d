/** Schedules beside PyTorch's, and what all of them have in common: warm-up, lengths, what validations do. */
import t from 'tap';
import {
  checkSchedule,
  pinnedSchedule,
  rateOf,
  type ScheduleName,
  scheduleNames,
  schedules,
  watches,
  watchOf,
} from '../../../src/optimizers/schedules/index.js';
import type { Watched } from '../../../src/optimizers/schedules/schedule.js';
import { scheduleOf } from '../../helpers/optimizers.js';

/**
 * What PyTorch 1.13 printed (Debian's python3-torch), the rate of each step from the first on:
 *
 *     import json, math, warnings
 *     import torch
 *     from torch.optim import lr_scheduler as s
 *     warnings.filterwarnings('ignore')
 *
 *     def rates(make, steps, base=0.5, values=None):
 *         optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], base)
 *         schedule, found = make(optimizer), []
 *         for k in range(steps):
 *             found.append(optimizer.param_groups[0]['lr'])
 *             optimizer.step()
 *             schedule.step(values[k]) if values else schedule.step()
 *         return found
 *
 *     values = [1, 0.9, 0.95, 0.91, 0.90001, 0.89, 0.92, 0.93, 0.94, 0.95, 0.88, 0.88, 0.88, 0.88, 0.88, 0.88]
 *     print(json.dumps({
 *         'cosine': rates(lambda o: s.CosineAnnealingLR(o, 7, 0.1), 7),
 *         'cosine-restarts': rates(lambda o: s.CosineAnnealingWarmRestarts(o, 3, 2, 0.1), 12),
 *         'step': rates(lambda o: s.StepLR(o, 4, 0.3), 10),
 *         'exponential': rates(lambda o: s.ExponentialLR(o, 0.8), 8),
 *         'polynomial': rates(lambda o: s.PolynomialLR(o, 6, 1.5), 8),
 *         'linear': rates(lambda o: s.LinearLR(o, 1, 0.2, 5), 8),
 *         'one-cycle': rates(lambda o: s.OneCycleLR(o, 0.5, 10), 10),
 *         'one-cycle, other factors': rates(lambda o: s.OneCycleLR(o, 0.5, 10, pct_start=0.45, div_factor=5, final_div_factor=20), 10),
 *         'plateau': rates(lambda o: s.ReduceLROnPlateau(o, patience=2, factor=0.5, min_lr=0.1, cooldown=1), 16, 0.5, values),
 *         'plateau, higher is better': rates(lambda o: s.ReduceLROnPlateau(o, 'max', patience=1, threshold=0.02), 16, 0.5, [1 - v for v in values]),
 *     }))
 */
const golden = {
  cosine: [
    0.5, 0.4801937735804839, 0.4246979603717468, 0.34450418679126293, 0.25549581320873715, 0.1753020396282533,
    0.11980622641951619,
  ],
  'cosine-restarts': [
    0.5, 0.4, 0.20000000000000007, 0.5, 0.47320508075688783, 0.4, 0.30000000000000004, 0.20000000000000007,
    0.12679491924311226, 0.5, 0.49318516525781364, 0.47320508075688783,
  ],
  step: [0.5, 0.5, 0.5, 0.5, 0.15, 0.15, 0.15, 0.15, 0.045, 0.045],
  exponential: [
    0.5, 0.4, 0.32000000000000006, 0.25600000000000006, 0.20480000000000007, 0.16384000000000007,
    0.13107200000000005, 0.10485760000000005,
  ],
  polynomial: [
    0.5, 0.3803628871563654, 0.27216552697590873, 0.1767766952966369, 0.09622504486493766,
    0.03402069087198858, 0.0, 0.0,
  ],
  linear: [
    0.5, 0.42, 0.33999999999999997, 0.25999999999999995, 0.17999999999999997, 0.09999999999999996,
    0.09999999999999996, 0.09999999999999996,
  ],
  'one-cycle': [
    0.020000000000000018, 0.26, 0.5, 0.47524231600673683, 0.40587282697488153, 0.30563101096814466,
    0.19437098903185537, 0.09412917302511849, 0.024759683993263143, 2e-6,
  ],
  'one-cycle, other factors': [
    0.09999999999999998, 0.17530203962825325, 0.3445041867912628, 0.4801937735804838, 0.4899745109695881,
    0.41457803165145807, 0.2877229224726381, 0.14968478428203313, 0.04428975062428262, 0.005,
  ],
  plateau: [0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125, 0.125, 0.125, 0.1, 0.1],
  'plateau, higher is better': [
    0.5, 0.5, 0.5, 0.5, 0.05, 0.05, 0.05, 0.05, 0.005000000000000001, 0.005000000000000001,
    0.0005000000000000001, 0.0005000000000000001, 0.0005000000000000001, 5.0000000000000016e-5,
    5.0000000000000016e-5, 5.000000000000002e-6,
  ],
};

/** As in the recipe. */
const values = [
  1, 0.9, 0.95, 0.91, 0.90001, 0.89, 0.92, 0.93, 0.94, 0.95, 0.88, 0.88, 0.88, 0.88, 0.88, 0.88,
];

const given: [keyof typeof golden, ScheduleName, Record<string, unknown>][] = [
  ['cosine', 'cosine', { length: '7 steps', final: 0.1 }],
  ['cosine-restarts', 'cosine-restarts', { cycle: '3 steps', growth: 2, final: 0.1 }],
  ['step', 'step', { every: '4 steps', factor: 0.3 }],
  ['exponential', 'exponential', { every: '1 step', factor: 0.8 }],
  ['polynomial', 'polynomial', { length: '6 steps', power: 1.5 }],
  ['linear', 'linear', { length: '5 steps', final: 0.1 }],
  ['one-cycle', 'one-cycle', {}],
  ['one-cycle, other factors', 'one-cycle', { peakAt: 0.45, divFactor: 5, finalDivFactor: 20 }],
  ['plateau', 'plateau', { patience: 3, factor: 0.5, minimum: 0.1, cooldown: 1 }],
  ['plateau, higher is better', 'plateau', { patience: 2, threshold: 0.02 }],
];

t.test('the rates are PyTorch’s', async (t) => {
  const missing = scheduleNames.filter((name) => !given.some(([, member]) => member === name));
  t.same(missing, ['constant']);
  for (const [title, name, options] of given) {
    const schedule = scheduleOf(name, options);
    const rate = rateOf({ learningRate: 0.5, schedule }, 10, 10);
    const watch = watchOf(schedule, 10);
    let watched: Watched | undefined;
    for (const [step, wanted] of golden[title].entries()) {
      const found = rate(step, watched?.level);
      t.ok(Math.abs(found - wanted) < 1e-15, `${title}, step ${step}: ${found}, ${wanted}`);
      const isHigher = title.endsWith('higher is better');
      watched = watch?.(watched, step + 1, isHigher ? 1 - values[step] : values[step], isHigher ? 1 : -1);
    }
  }
});

t.test('a warm-up: a straight line to where the schedule begins, which it only puts off', async (t) => {
  // One cycle rises by itself.
  for (const name of scheduleNames.filter((name) => 'warmup' in schedules[name].options)) {
    const of = (options: object, steps: number) =>
      rateOf({ learningRate: 0.5, schedule: scheduleOf(name, { ...options }) }, 10, steps);
    const rate = of({ warmup: '4 steps' }, 24);
    const bare = of({}, 20);
    for (let step = 0; step < 4; step++) {
      t.ok(Math.abs(rate(step) - (bare(0) * (step + 1)) / 4) < 1e-15, `${name}, step ${step}`);
    }
    for (let step = 4; step < 30; step++) t.equal(rate(step), bare(step - 4), `${name}, step ${step}`);
    checkSchedule(scheduleOf(name, { warmup: '20 steps' }), 10, 20);
    t.throws(() => checkSchedule(scheduleOf(name, { warmup: '3 epochs' }), 10, 20), {
      name: 'UserError',
      message: /^optimizer\.schedule\.warmup: expected at most the (run|schedule)'s 20 steps, got 30$/,
    });
  }
});

t.test('rates that depend on the run’s length are pinned to it, and no others', async (t) => {
  for (const name of scheduleNames) {
    const schedule = scheduleOf(name);
    const rates = (steps: number, spec = schedule) => {
      const rate = rateOf({ learningRate: 1, schedule: spec }, 10, steps);
      return Array.from({ length: 30 }, (_, step) => rate(step));
    };
    const depends = JSON.stringify(rates(20)) !== JSON.stringify(rates(50));
    t.equal(pinnedSchedule(schedule, 2) !== schedule, depends, name);
    t.same(rates(50, pinnedSchedule(schedule, 2)), rates(20), name);
  }
});

t.test('rates stay what they are: above 0 or 0, finite, at any step', async (t) => {
  for (const name of scheduleNames) {
    const rate = rateOf({ learningRate: 0.1, schedule: scheduleOf(name) }, 100, 1);
    for (const step of [0, 1, 2, 99, 1e4, 1e9]) {
      const found = rate(step);
      t.ok(found >= 0 && found <= 0.1, `${name} ${step}: ${found}`);
    }
  }
});

t.test('validations within the warm-up do not count', async (t) => {
  const schedule = scheduleOf('plateau', { warmup: '2 epochs', patience: 1 });
  t.ok(watches(schedule));
  const watch = watchOf(schedule, 10);
  let watched = watch?.(undefined, 10, 5, -1);
  watched = watch?.(watched, 20, 5, -1);
  t.same(watched, { best: null, misses: 0, resting: 0, level: 1 });
  watched = watch?.(watched, 30, 5, -1);
  t.same(watch?.(watched, 40, 5, -1), { best: 5, misses: 0, resting: 0, level: 0.1 });
});
