/** Threaded gradients equal single-thread gradients, numeric ones, and the other precision's. */
import './helpers/bare.js';
import t from 'tap';
import type { Config, ConfigInput } from '../src/config/schema.js';
import { checkGradients } from '../src/coordinator/gradcheck.js';
import { relativeDifference } from '../src/coordinator/verdict.js';
import { Workspace } from '../src/coordinator/workspace.js';
import { type ActivationName, activationNames } from '../src/model/activations/index.js';
import { type LossName, losses, lossNames } from '../src/model/losses/index.js';
import { outputsOf } from '../src/model/losses/loss.js';
import { defaultsOf } from '../src/options.js';
import { Pool } from '../src/pool/pool.js';
import { view } from '../src/shared/arena.js';
import { smallConfig, smallSource } from './helpers/small.js';

/** What a loss takes its targets for, as `smallSource` makes them. */
const TARGETS = {
  classes: 'one-hot',
  binary: 'binary',
  values: 'real',
} as const;
const ROWS = 33;
/** One for all networks: threads take long to start. */
const pool = new Pool(4);
t.teardown(() => pool.close());

function network(
  loss: ConfigInput['loss'],
  hidden: ActivationName,
  output: ActivationName,
  precision: 'float32' | 'float64',
) {
  const layers = [
    // Wide enough that no row finds every unit dead: U would then be 0 exactly, on ReLU's kink.
    { units: 13, activation: hidden },
    { units: 11, activation: hidden },
    { units: 3, activation: output },
  ];
  return smallConfig({
    loss,
    model: { precision, layers, init: { name: 'uniform', range: 1 } },
    train: { batchSize: ROWS, shards: 5 },
    seed: 3,
  });
}

/** The first minibatch's averaged gradients, computed by each of these numbers of threads. */
async function gradients(config: Config, ...threads: number[]): Promise<Float64Array[]> {
  const last = config.model.layers.at(-1);
  const outputs = last?.name === 'dense' ? Number(last.units) : 0;
  const source = smallSource(ROWS, 10, outputs, TARGETS[losses[config.loss.name].targets]);
  const workspace = await Workspace.open(config, source, Math.max(...threads), { pool });
  try {
    const { memory, layout, net } = workspace.setup;
    const results: Float64Array[] = [];
    for (const count of threads) {
      workspace.prepareOrder(0);
      await workspace.supervisor.run({ kind: 'gradients' }, count);
      const values = view(memory, layout.gradients) as Float64Array;
      results.push(Float64Array.from(values.slice(0, net.parameters)));
    }
    return results;
  } finally {
    await workspace.close();
  }
}

/** A loss meets a network in Δ of its outputs alone: one for each kind of targets goes with every activation. */
const WITH_ALL: readonly LossName[] = ['cross-entropy', 'binary-cross-entropy', 'mean-squared-error'];

/** e to the power of powers of e is no number for long. */
const hiddenNames = activationNames.filter((name) => name !== 'exponential');

/**
 * These with every activation in their hidden layers and with every output that they take, which know nothing of each
 * other: not each of these with each of those. The others with one of each.
 */
function* pairs(): Generator<[{ name: LossName }, ActivationName, ActivationName]> {
  for (const name of lossNames) {
    const spec = { name, ...defaultsOf(losses[name].options) };
    const outputs = outputsOf(losses[name], spec);
    if (!WITH_ALL.includes(name)) {
      yield [spec, 'tanh', outputs[0]];
      continue;
    }
    for (let k = 0; k < Math.max(hiddenNames.length, outputs.length); k++) {
      // Not the same in both places, where there is a choice.
      yield [spec, hiddenNames[(k + 1) % hiddenNames.length], outputs[k % outputs.length]];
    }
  }
  yield [{ name: 'poisson', logInput: false } as never, 'tanh', 'softplus'];
  yield [{ name: 'quantile', quantile: 0.5, quantiles: [0.1, 0.5, 0.8] } as never, 'tanh', 'linear'];
  yield [{ name: 'focal', gamma: 1.5, labelSmoothing: 0.2 } as never, 'tanh', 'softmax'];
  yield [{ name: 'binary-focal', gamma: 0.5, alpha: 0.3, labelSmoothing: 0.2 } as never, 'tanh', 'sigmoid'];
}

for (const [loss, hidden, output] of pairs()) {
  t.test(`${JSON.stringify(loss)}, ${hidden} hidden, ${output} output`, async (t) => {
    const source = smallSource(ROWS, 10, 3, TARGETS[losses[loss.name].targets]);
    const double = network(loss as never, hidden, output, 'float64');
    const options = { threads: 3, rows: ROWS, sample: null };
    for (const layer of await checkGradients(double, options, () => {}, source, undefined, { pool })) {
      t.equal(layer.verdict, 'right', `${layer.name}: numeric ${layer.numericVsBackprop}`);
      t.equal(layer.singleVsThreaded, 0, `${layer.name}: one thread against three`);
      t.equal(layer.checked, layer.parameters);
    }
    const single = network(loss as never, hidden, output, 'float32');
    const [one, three] = await gradients(single, 1, 3);
    t.ok(
      three.every((g, k) => Object.is(g, one[k])),
      'float32: one thread against three',
    );
    const [exact] = await gradients(double, 1);
    t.ok(exact.some((g) => g !== 0));
    const apart = relativeDifference(one, exact);
    t.ok(apart < 2e-6, `float32 against float64: ${apart}`);
  });
}

t.test('cutting a minibatch into any shards changes the gradients by rounding only', async (t) => {
  const parted = (shards: number) =>
    smallConfig({ model: { precision: 'float64' }, train: { batchSize: ROWS, shards, averaging: 'shards' } });
  const [whole] = await gradients(parted(1), 1);
  for (const shards of [2, 3, 7, 8, 16, 17, 33, 64]) {
    const [parts] = await gradients(parted(shards), 2);
    t.ok(relativeDifference(whole, parts) < 1e-15, `${shards} shards`);
  }
});

t.test('many rows on few threads', async (t) => {
  const config = network('cross-entropy', 'tanh', 'softmax', 'float64');
  const options = { threads: 4, rows: 700, sample: 5 };
  const layers = await checkGradients(config, options, () => {}, smallSource(700, 10, 3), undefined, {
    pool,
  });
  for (const layer of layers) {
    t.equal(layer.verdict, 'right', `${layer.name}: numeric ${layer.numericVsBackprop}`);
    t.equal(layer.singleVsThreaded, 0);
  }
});
