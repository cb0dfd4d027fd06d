/** What optimizers say of themselves: slots, scalars, which options do not go together. */
import t from 'tap';
import { optimizerNames, optimizers, slotsOf } from '../../src/optimizers/index.js';
import { MOST_SCALARS, MOST_SLOTS, type Optimizer } from '../../src/optimizers/optimizer.js';
import { optimizerCases, specOf } from '../helpers/optimizers.js';

const scalarsOf = (spec: ReturnType<typeof specOf>, step = 1, decays = true) => {
  const into = new Float64Array(MOST_SCALARS).fill(Number.NaN);
  optimizers[spec.name].scalars(spec, step, decays, into);
  return into;
};

t.test('defaults are PyTorch’s', async (t) => {
  const common = { l2: 0, decay: 'weights', schedule: { name: 'constant' } };
  const moments = { ...common, learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const sgd = { ...common, learningRate: 0.01, weightDecay: 0, momentum: 0, nesterov: false };
  t.strictSame(specOf('sgd'), { name: 'sgd', ...sgd });
  t.strictSame(specOf('adam'), { name: 'adam', ...moments, weightDecay: 0 });
  t.strictSame(specOf('adamw'), { name: 'adamw', ...moments, weightDecay: 0.01 });
  const others = {
    rmsprop: { learningRate: 0.01, alpha: 0.99, epsilon: 1e-8, momentum: 0, centered: false },
    adagrad: { learningRate: 0.01, lrDecay: 0, epsilon: 1e-10 },
    adadelta: { learningRate: 1, rho: 0.9, epsilon: 1e-6 },
    nadam: { ...moments, learningRate: 0.002, momentumDecay: 0.004 },
    lion: { learningRate: 1e-4, beta1: 0.9, beta2: 0.99 },
  };
  for (const name of Object.keys(others) as (keyof typeof others)[]) {
    t.strictSame(specOf(name), { name, ...common, weightDecay: 0, ...others[name] });
  }
});

t.test('slots', async (t) => {
  t.same(slotsOf(specOf('sgd')), []);
  t.same(slotsOf(specOf('sgd', { momentum: 0.5 })), ['momentum']);
  t.same(slotsOf(specOf('adamw')), ['m', 'v']);
  const rmsprop = (given: Record<string, unknown>) => slotsOf(specOf('rmsprop', given));
  t.same(rmsprop({}), ['v']);
  t.same(rmsprop({ momentum: 0.5 }), ['v', 'momentum']);
  t.same(rmsprop({ momentum: 0.5, centered: true }), ['v', 'mean', 'momentum']);
  for (const [title, spec] of optimizerCases) {
    const { slotsTaken } = optimizers[spec.name];
    t.ok(slotsOf(spec).length <= slotsTaken && slotsTaken <= MOST_SLOTS, title);
  }
});

t.test('decay: of slices that decay alone', async (t) => {
  for (const name of optimizerNames) {
    const none = scalarsOf(specOf(name, { l2: 0, weightDecay: 0 }));
    for (const key of ['l2', 'weightDecay']) {
      const spec = specOf(name, { l2: 0, weightDecay: 0, [key]: 0.5 });
      t.not(scalarsOf(spec).indexOf(0.5), -1, `${name} ${key}`);
      t.strictSame(scalarsOf(spec, 1, false), none, `${name} ${key}: like none`);
    }
    const l2 = scalarsOf(specOf(name, { l2: 0.5, weightDecay: 0 }));
    t.notSame(l2, scalarsOf(specOf(name, { l2: 0, weightDecay: 0.5 })), `${name}: two decays, not one`);
  }
});

t.test('Adam’s corrections', async (t) => {
  for (const step of [1, 2, 3, 10, 1000, 123_456]) {
    const [, , , , first, second] = scalarsOf(specOf('adam'), step);
    t.ok(Math.abs(first * (1 - 0.9 ** step) - 1) < 1e-14, `m, step ${step}`);
    t.ok(Math.abs(second * Math.sqrt(1 - 0.999 ** step) - 1) < 1e-13, `v, step ${step}`);
  }
  const [, , , , first, second] = scalarsOf(specOf('adam'), 1_000_000_000);
  t.same([first, second], [1, 1]);
});

t.test('NAdam’s product: that of the step alone, whatever was asked for before', async (t) => {
  const at = (step: number, given = {}) => [...scalarsOf(specOf('nadam', given), step)];
  const forward = [1, 2, 3, 1000].map((step) => at(step));
  t.strictSame([1000, 3, 2, 1].map((step) => at(step)).reverse(), forward, 'as after a resume');
  at(5, { momentumDecay: 0.5 });
  t.strictSame(at(3), forward[2], 'another run between');
  const slow = specOf('nadam', { beta1: 1 - 1e-9, momentumDecay: 1 });
  const into = new Float64Array(MOST_SCALARS);
  const begun = performance.now();
  for (let step = 1; step <= 200_000; step++) optimizers.nadam.scalars(slow, step, true, into);
  // Beginning at 1 in each step would be 2·10¹⁰ factors, which take minutes.
  t.ok(performance.now() - begun < 20_000);
});

t.test('the update in one pass for one row: where nothing but the gradient counts', async (t) => {
  const rank1 = (given: Record<string, unknown>) => optimizers.sgd.rank1?.(specOf('sgd', given));
  t.equal(rank1({}), true);
  for (const given of [{ momentum: 0.9 }, { l2: 0.1 }, { weightDecay: 0.1 }]) t.equal(rank1(given), false);
});

t.test('Nesterov needs momentum', async (t) => {
  const { problem } = optimizers.sgd as Required<Optimizer>;
  t.match(problem(specOf('sgd', { nesterov: true })), { key: 'momentum', message: /^expected .* got 0$/ });
  t.equal(problem(specOf('sgd', { nesterov: true, momentum: 0.1 })), undefined);
  t.equal(problem(specOf('sgd')), undefined);
});
