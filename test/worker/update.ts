/** The update of slices of the parameter vector: which of them decay, with which rate, and that nothing else changes. */
import '../helpers/bare.js';
import t from 'tap';
import type { ConfigInput } from '../../src/config/schema.js';
import { Workspace } from '../../src/coordinator/workspace.js';
import { createEngine } from '../../src/engines/index.js';
import { view } from '../../src/shared/arena.js';
import { Update } from '../../src/worker/update.js';
import { smallConfig, smallSource } from '../helpers/small.js';

const ROWS = 8;

/** A run's memory, its parameters all ones and all gradients' sums zeros, and an engine over it, in this thread. */
async function open(optimizer: ConfigInput['optimizer']) {
  const config = smallConfig({
    engine: 'wasm',
    model: { precision: 'float64' },
    optimizer,
    train: { batchSize: 4 },
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

t.test('a minibatch of one row in one pass, where the options allow it', async (t) => {
  t.ok((await open({ name: 'sgd' })).update.rank1);
  for (const optimizer of [{ momentum: 0.5 }, { l2: 0.1 }, { name: 'adam' }] as const) {
    t.equal((await open(optimizer)).update.rank1, undefined);
  }
});
