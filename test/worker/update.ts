/** The update of slices of the parameter vector: which of them decay, with which rate, and that nothing else changes. */
import '../helpers/bare.js';
import t from 'tap';
import type { ConfigInput } from '../../src/config/schema.js';
import { Workspace } from '../../src/coordinator/workspace.js';
import { createEngine } from '../../src/engines/index.js';
import { Batch } from '../../src/plan/batch.js';
import { view } from '../../src/shared/arena.js';
import type { Averaging } from '../../src/worker/averaging/averaging.js';
import { clipFactor, NormClipping } from '../../src/worker/clipping.js';
import { Update } from '../../src/worker/update.js';
import { smallConfig, smallSource } from '../helpers/small.js';

const ROWS = 8;

/** A run's memory, its parameters all ones and all gradients' sums zeros, and an engine over it, in this thread. */
async function open(
  optimizer: ConfigInput['optimizer'],
  train: ConfigInput['train'] = {},
  layers?: ConfigInput['model']['layers'],
) {
  const config = smallConfig({
    engine: 'wasm',
    model: { precision: 'float64', ...(layers && { layers }) },
    optimizer,
    train: { batchSize: 4, ...train },
  });
  const workspace = await Workspace.open(config, smallSource(ROWS, 5, 4), 1);
  await workspace.close();
  const { setup, parameters, state } = workspace;
  const engine = createEngine(setup.engine, setup.precision, setup.memory, setup.kernels);
  const sums = view(setup.memory, setup.layout.gradients);
  parameters.fill(1);
  sums.fill(0);
  return { setup, engine, parameters, state, sums, update: new Update(engine, setup) };
}

t.test('weights decay, biases do not', async (t) => {
  for (const key of ['l2', 'weightDecay']) {
    const { setup, parameters, sums, update } = await open({
      name: 'sgd',
      learningRate: 0.5,
      [key]: 0.25,
    } as ConfigInput['optimizer']);
    update.begin(0);
    t.ok(update.apply(setup.layout.gradients.offset, 0, setup.net.parameters, ROWS));
    for (const { tensors } of setup.net.layers.filter((layer) => layer.tensors.length > 0)) {
      const [{ offset: weights }, { offset: biases, length: units }] = tensors;
      t.ok(
        parameters.subarray(weights, biases).every((value) => value === 0.875),
        `${key}: weights`,
      );
      t.ok(
        parameters.subarray(biases, biases + units).every((value) => value === 1),
        `${key}: biases`,
      );
    }
    t.ok(
      sums.every((value) => value === 0),
      'the sums stay',
    );
  }
  const { setup, parameters, update } = await open({ learningRate: 0.5, l2: 0.25, decay: 'all' });
  update.begin(0);
  update.apply(setup.layout.gradients.offset, 0, setup.net.parameters, ROWS);
  t.ok(
    parameters.every((value) => value === 0.875),
    'decay: all',
  );
});

t.test('slices that begin and end anywhere are what the whole is', async (t) => {
  for (const optimizer of [
    { name: 'sgd', momentum: 0.9, l2: 0.25, weightDecay: 0.125 },
    { name: 'adamw', weightDecay: 0.125 },
    { name: 'adam' },
  ] as const) {
    const { setup, engine, parameters, state, sums, update } = await open(optimizer);
    const n = setup.net.parameters;
    const gradients = Float64Array.from({ length: n }, (_, k) => Math.sin(k));
    const run = (cuts: readonly number[]) => {
      parameters.fill(1);
      for (const slot of state) slot.fill(0);
      for (let step = 0; step < 3; step++) {
        update.begin(step);
        for (const [k, to] of cuts.entries()) {
          const from = k === 0 ? 0 : cuts[k - 1];
          sums.set(gradients.subarray(from, to));
          t.ok(update.apply(setup.layout.gradients.offset, from, to - from, ROWS), 'finite');
        }
      }
      return [parameters.slice(), ...state.map((slot) => slot.slice())];
    };
    const whole = run([n]);
    const [, { offset: biases, length: units }] = setup.net.layers[0].tensors;
    t.strictSame(
      run([1, 2, biases - 1, biases + 1, biases + units, n - 1, n]),
      whole,
      `${optimizer.name}: cut`,
    );
    t.strictSame(run(Array.from({ length: n }, (_, k) => k + 1)), whole, 'one by one');
    t.ok(whole.every((values) => values.some((value) => value !== values[0])));
    t.equal(engine.precision, 'float64');
  }
});

t.test('the rate is that of the step', async (t) => {
  const schedule = { name: 'cosine', warmup: '2 steps', length: '4 steps', final: 0.25 } as const;
  const { setup, parameters, sums, update } = await open({ learningRate: 0.5, schedule });
  sums.fill(ROWS);
  for (const [step, rate] of [0.25, 0.5, 0.5, 0.375, 0.25, 0.25].entries()) {
    parameters.fill(1);
    update.begin(step);
    t.equal(update.rate, rate);
    update.apply(setup.layout.gradients.offset, 0, 3, ROWS);
    t.same([...parameters.subarray(0, 4)], [1 - rate, 1 - rate, 1 - rate, 1]);
  }
});

t.test('layers say how fast, with how much decay, and whether at all', async (t) => {
  for (const key of ['l2', 'weightDecay']) {
    const optimizer = { name: 'sgd', learningRate: 0.5, momentum: 0.9, [key]: 0.25 } as const;
    const { setup, parameters, state, sums, update } = await open(optimizer, {}, [
      { units: 3, rateFactor: 0.5 },
      { units: 3, decayFactor: 0 },
      { units: 3, decayFactor: 2 },
      { units: 3, frozen: true },
      { units: 4, activation: 'softmax' },
    ]);
    sums.fill(ROWS);
    update.begin(0);
    update.apply(setup.layout.gradients.offset, 0, setup.net.parameters, ROWS);
    // θ − η(g + λθ), all of them 1 before, and λ of weights alone; the same where weights decay by themselves.
    const wanted = [
      [1 - 0.25 * 1.25, 1 - 0.25],
      [0.5, 0.5],
      [1 - 0.5 * 1.5, 0.5],
      [1, 1],
      [1 - 0.5 * 1.25, 0.5],
    ];
    const layers = setup.net.layers.filter(({ tensors }) => tensors.length > 0);
    for (const [l, { tensors }] of layers.entries()) {
      for (const [k, { offset, length }] of tensors.entries()) {
        const values = new Set(parameters.subarray(offset, offset + length));
        t.same([...values], [wanted[l][k]], `${key}: layer ${l + 1}, tensor ${k}`);
      }
    }
    const [{ offset }] = layers[3].tensors;
    t.equal(state[0][offset], 0, 'nothing is kept for what is frozen');
  }
});

t.test('gradients are bounded after they are averaged, and before l2 is added', async (t) => {
  const optimizer = { name: 'sgd', learningRate: 1, l2: 1 } as const;
  const { setup, parameters, sums, update } = await open(optimizer, { clip: { value: 0.25 } });
  const { offset } = setup.layout.gradients;
  sums.set([4, -4, 1, Number.NaN, Number.POSITIVE_INFINITY]);
  update.begin(0);
  t.ok(update.apply(offset, 0, 3, ROWS));
  t.same([...parameters.subarray(0, 3)], [-0.25, 0.25, -0.125]);
  sums.fill(Number.POSITIVE_INFINITY);
  t.notOk(update.apply(offset, 0, 3, ROWS), 'what is not finite is not hidden');
});

/**
 * PyTorch 1.13, float64: gradients [0.3, -1.2, 0.7] and [2.0, -0.1] of two parameters, then
 * torch.nn.utils.clip_grad_norm_(parameters, 0.5).
 */
t.test('the norm of all gradients is what PyTorch makes of it', async (t) => {
  const gradients = [0.3, -1.2, 0.7, 2.0, -0.1];
  const clipped = [
    0.06108469730254085, -0.2443387892101634, 0.1425309603725953, 0.40723131535027235, -0.02036156576751362,
  ];
  const optimizer = { name: 'sgd', learningRate: 1 } as const;
  const { setup, engine, parameters } = await open(optimizer, { clip: { norm: 0.5 } });
  const update = new Update(engine, setup);
  update.begin(0);
  parameters.fill(0);
  const place = setup.layout.workers[0].sums.offset;
  const given = new Float64Array(setup.memory.buffer, place, 5);
  const apply = (sums: number, first: number, n: number, factor: number) =>
    update.apply(sums, first, n, ROWS, factor);
  const clipping = new NormClipping(engine, setup, () => {}, apply);
  const averaging: Averaging = {
    collect: () => {},
    sum(_batch, _timed, use) {
      // In two parts.
      for (const [part, [from, to]] of [[0, 3] as const, [3, 5] as const].entries()) {
        given.set(gradients.slice(from, to).map((value) => ROWS * value));
        use(place, from, to - from, part);
      }
      return 0;
    },
  };
  const batch = new Batch(setup).find(0);
  t.equal(batch.stepRows, 4);
  batch.stepRows = ROWS;
  t.equal(clipping.sum(averaging, batch, false), 0);
  for (const [k, value] of clipped.entries()) t.ok(Math.abs(parameters[k] + value) < 1e-15);
  t.equal(clipFactor(0.5, 5), 1);
  gradients[4] = Number.NaN;
  const before = parameters.slice();
  t.ok(Number.isNaN(clipping.sum(averaging, batch, false)));
  t.strictSame(parameters, before, 'nothing is applied of what is not finite');
});

/**
 * PyTorch 1.13's torch.optim.swa_utils.AveragedModel with avg_fn=lambda a, p, n: 0.9 * a + 0.1 * p, of the weights
 * (0.25, 1), (0.5, 1/2), (0.75, 1/3): (0.3225, 0.8883333333333333).
 */
t.test('the average begins with the weights after the first step', async (t) => {
  const { setup, parameters, state, sums, update } = await open({ learningRate: 1 }, { ema: { decay: 0.9 } });
  const averages = state[state.length - 1];
  averages.fill(123);
  const { offset } = setup.layout.gradients;
  for (let step = 0; step < 3; step++) {
    const wanted = [(step + 1) * 0.25, 1 / (step + 1)];
    sums.set(wanted.map((value, k) => ROWS * (parameters[k] - value)));
    update.begin(step);
    update.apply(offset, 0, 2, ROWS);
    if (step === 0) t.same([...averages.subarray(0, 3)], [0.25, 1, 123]);
  }
  t.ok(Math.abs(averages[0] - 0.3225) < 1e-15);
  t.ok(Math.abs(averages[1] - 0.8883333333333333) < 1e-15);
});

t.test('a minibatch of one row in one pass, where the options allow it', async (t) => {
  t.ok((await open({ name: 'sgd' })).update.rank1);
  for (const optimizer of [{ momentum: 0.5 }, { l2: 0.1 }, { name: 'adam' }] as const) {
    t.equal((await open(optimizer)).update.rank1, undefined);
  }
  for (const train of [{ clip: { norm: 1 } }, { clip: { value: 1 } }, { ema: {} }]) {
    t.equal((await open({ name: 'sgd' }, train)).update.rank1, undefined);
  }
  const slower = await open({ name: 'sgd' }, {}, [
    { units: 3, rateFactor: 0.5 },
    { units: 4, activation: 'softmax' },
  ]);
  t.equal(slower.update.rank1, undefined);
});
