/** What is wrong between values that are right one by one. */
import t from 'tap';
import { wrongRows } from '../../src/config/checks.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { decayNotes, scheduleNotes } from '../../src/coordinator/idle-notes.js';
import { networkOf } from '../../src/coordinator/network.js';
import { type ScheduleName, scheduleNames } from '../../src/optimizers/schedules/index.js';
import { scheduleOf } from '../helpers/optimizers.js';

type Layers = ConfigInput['model']['layers'];

function mistake(layers: Layers, more: Partial<ConfigInput> & { precision?: 'float64' } = {}): string {
  const { precision, ...rest } = more;
  const config = {
    name: 'x',
    data: 'xor',
    loss: 'mean-squared-error',
    model: { layers, precision },
    ...rest,
  } as const;
  try {
    parseConfig(config);
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
}

t.test('softmax of one unit is always 1: refused with any loss and in any layer', async (t) => {
  const few =
    'expected at least 2 units for "softmax", got 1, whose output would always be the same; use "sigmoid" here';
  for (const loss of ['cross-entropy', 'binary-cross-entropy', 'mean-squared-error'] as const) {
    t.match(
      mistake([{ units: 1, activation: 'softmax' }], { loss }),
      `model.layers.0.activation: ${few}`,
      loss,
    );
  }
  const hidden = [{ units: 1, activation: { name: 'softmax' } }, { units: 2 }] as const;
  t.equal(mistake(hidden), `model.layers.0.activation: ${few}`);
  t.equal(mistake([{ units: 2, activation: 'softmax' }], { loss: 'cross-entropy' }), 'none');
  t.equal(
    mistake([{ units: 1 }, { units: 'auto', activation: 'softmax' }], { loss: 'cross-entropy' }),
    'none',
  );
  const { model } = parseConfig({
    name: 'x',
    data: 'xor',
    loss: 'cross-entropy',
    model: { layers: [{ units: 'auto', activation: 'softmax' }] },
  });
  t.equal(networkOf(model, { features: 5, outputs: 3 }).outputs, 3);
  t.throws(() => networkOf(model, { features: 5, outputs: 1 }), {
    name: 'UserError',
    message: `model.layers.0.activation: ${few}`,
  });
});

t.test('layers of layers: what is wrong is told by its place, as in the first list', async (t) => {
  const residual = (...layers: Layers) => [{ units: 4 }, { name: 'residual', layers }, { units: 1 }] as const;
  t.equal(
    mistake(residual({ units: 9, activation: 'selu' }, { name: 'concat', layers: ['dropout'] })),
    'none',
  );
  const few =
    'expected at least 2 units for "softmax", got 1, whose output would always be the same; use "sigmoid" here';
  t.equal(
    mistake(residual({ units: 1, activation: 'softmax' }, { units: 4 })),
    `model.layers.1.layers.0.activation: ${few}`,
  );
  t.equal(
    mistake(residual({ units: 'auto' })),
    'model.layers.1.layers.0.units: only the last layer with units may say "auto"; expected a whole number of units',
  );
  t.equal(mistake([{ units: 4 }, { name: 'concat', layers: [{ units: 'auto' }] }]), 'none');
  t.equal(
    mistake(residual({ name: 'residual', layers: ['batch-norm'] }), { train: { batchSize: 1 } }),
    'train.batchSize: expected at least 2, the fewest rows for "batch-norm" (model.layers.1.layers.0.layers.0), got 1',
  );
  t.equal(mistake(residual()), 'model.layers.1.layers: expected a list of 1 to 64, got an empty list');
  t.equal(
    mistake([{ name: 'residual' } as never]),
    'model.layers.0.layers: missing; expected a list of 1 to 64',
  );
  t.equal(
    mistake(residual({ units: 4, activation: 'geluu' as never })).replace(/ \(.*/, ''),
    'model.layers.1.layers.0.activation: unknown activation "geluu"; did you mean "gelu"?',
  );
  t.match(
    mistake(residual({ name: 'dropuot' } as never)),
    'model.layers.1.layers.0.name: unknown layer "dropuot"; did you mean "dropout"?',
  );
  t.equal(
    mistake([{ units: 2, activation: 'log-softmax' }], { loss: 'cross-entropy' }),
    'model.layers.0.activation: the loss "cross-entropy" needs the output activation "softmax", got "log-softmax"',
  );
  t.match(
    mistake([...residual({ units: 4 }).slice(0, 2)], { loss: 'cross-entropy' }),
    /and the last layer is "residual"/,
  );
  const { model } = parseConfig({
    name: 'x',
    data: 'xor',
    loss: 'mean-squared-error',
    model: { layers: residual({ units: 5 }) },
  });
  t.throws(() => networkOf(model, { features: 2, outputs: 1 }), {
    name: 'UserError',
    message:
      'model.layers.1: of 4 values the layers of "residual" make 5, and both are added up: expected as many; its last ' +
      'layer with units needs 4',
  });
});

t.test('what says how to update that which is not updated, and twice how to clip', async (t) => {
  for (const [key, value] of [
    ['decayFactor', 0.5],
    ['rateFactor', 2],
  ] as const) {
    t.equal(
      mistake([{ units: 2, frozen: true, [key]: value }, { units: 1 }]),
      `model.layers.0.${key}: expected no ${key} where frozen is true, since nothing moves such a layer, got ${value}; ` +
        'leave one of them out',
    );
  }
  const layers = [{ units: 1 }] as const;
  const clip = (clip: object) => mistake(layers, { train: { clip } });
  t.equal(clip({}), 'train.clip: expected either norm or value, got neither');
  t.equal(clip({ norm: 1, value: 1 }), 'train.clip: expected either norm or value, got both');
  t.match(clip({ norm: 0 }), /^train\.clip\.norm: expected a number/);
  t.match(mistake(layers, { train: { ema: { decay: 1 } } }), /^train\.ema\.decay: expected a number/);
  t.match(mistake(layers, { train: { accumulate: 0 } }), /^train\.accumulate: expected a whole number/);
  const { model } = parseConfig({
    name: 'x',
    data: 'xor',
    loss: 'mean-squared-error',
    model: { layers: [{ units: 1, frozen: true }] },
  });
  t.throws(() => networkOf(model, { features: 5, outputs: 1 }), {
    message: 'model.layers: all that have parameters are frozen; expected one that is not',
  });
});

t.test('a rate that is to fall to one above, and a metric that is asked for twice', async (t) => {
  const told = (schedule: object, learningRate = 0.1) =>
    mistake([{ units: 1 }], { optimizer: { name: 'adam', learningRate, schedule: schedule as never } });
  for (const name of ['cosine', 'cosine-restarts', 'linear', 'polynomial'] as const) {
    t.equal(
      told({ name, final: 0.2 }),
      `optimizer.schedule.final: expected at most optimizer.learningRate, 0.1, since "${name}" falls from there, got ` +
        '0.2; a rate that rises is a warmup, "one-cycle", or "exponential" with a factor above 1',
    );
    t.equal(told({ name, final: 0.1 }), 'none');
  }
  t.match(
    told({ name: 'plateau', minimum: 1 }),
    /^optimizer\.schedule\.minimum: expected at most .*, got 1;/,
  );
  t.equal(told({ name: 'exponential', factor: 2 }), 'none');
  t.equal(
    told({ name: 'one-cycle', warmup: '5 steps' }),
    'optimizer.schedule.warmup: "one-cycle" rises by itself, for the share peakAt of its length; leave warmup out',
  );
  const metrics = ['mae', 'rmse', { name: 'mae' }] as const;
  t.equal(
    mistake([{ units: 1 }], { train: { validate: { metrics } } }),
    'train.validate.metrics.2: expected each metric once, got "mae" twice; leave one out',
  );
});

t.test('decay that would turn weights over', async (t) => {
  const told = (optimizer: ConfigInput['optimizer']) => mistake([{ units: 1 }], { optimizer });
  t.equal(
    told({ name: 'adadelta', weightDecay: 4 }),
    'optimizer.weightDecay: expected at most 1/optimizer.learningRate, 1, got 4: each step multiplies weights by 1 − ' +
      'learningRate · weightDecay, which is -3',
  );
  t.equal(told({ name: 'adadelta', weightDecay: 1 }), 'none');
  t.equal(told({ name: 'lbfgs', l2: 1000 }), 'none');
});

t.test('decay that does nothing is told beforehand', async (t) => {
  const notes = (layers: Layers, optimizer: ConfigInput['optimizer']) => {
    const config = parseConfig({
      ...{ name: 'x', data: 'xor', loss: 'mean-squared-error' },
      model: { layers },
      optimizer,
    } as ConfigInput);
    return decayNotes(networkOf(config.model, { features: 3, outputs: 1 }), config.optimizer);
  };
  const still = { units: 2, frozen: true } as const;
  const norm = { name: 'batch-norm', frozen: true } as const;
  const last = { units: 1 } as const;
  t.strictSame(notes([still, last], { name: 'sgd', l2: 0.1 }), [
    'optimizer.l2 leaves model.layers.0 as it is: what is frozen does not decay',
  ]);
  t.strictSame(notes([still, norm, still, last], { name: 'adamw', l2: 0.1, decay: 'all' }), [
    'optimizer.l2 and optimizer.weightDecay leave model.layers.0, model.layers.1, model.layers.2 as they are: what is frozen ' +
      'does not decay',
  ]);
  t.strictSame(notes([{ units: 2 }, norm, last], 'adamw'), [], 'it would not decay if it were not');
  t.strictSame(notes([still, last], 'sgd'), []);
  const factor = [{ units: 2, decayFactor: 2 }, { name: 'layer-norm', decayFactor: 0 }, last] as const;
  t.strictSame(notes(factor, 'adam'), [
    'decayFactor does nothing for model.layers.0, model.layers.1: neither optimizer.l2 nor optimizer.weightDecay is above 0',
  ]);
  t.strictSame(notes(factor, 'adamw'), [
    'decayFactor does nothing for model.layers.1: decay is of the weights of dense layers alone (optimizer.decay: all is of ' +
      'all parameters)',
  ]);
  t.strictSame(notes(factor, { name: 'lbfgs', l2: 1, decay: 'all' }), []);
  t.match(notes([last], { name: 'sgd', decay: 'all' }), [/^optimizer\.decay does nothing: neither/]);
});

t.test('a schedule that a run does not get to is told beforehand', async (t) => {
  const notes = (name: ScheduleName, options: object, steps: number) =>
    scheduleNotes({ learningRate: 0.1, schedule: scheduleOf(name, { ...options }) }, 10, steps, 10);
  t.strictSame(notes('step', {}, 100), [
    'optimizer.schedule does nothing: the run\'s 100 steps end before "step" changes the rate',
  ]);
  t.strictSame(notes('step', {}, 101), []);
  // The first validation is the best one, and after the last there are no steps.
  t.match(notes('plateau', { patience: 4 }, 50), [
    /the run's 50 steps end before "plateau" changes the rate$/,
  ]);
  t.match(notes('plateau', { patience: 4, warmup: '1 epoch' }, 60), [/the run's 60 steps/]);
  t.strictSame(notes('plateau', { patience: 4 }, 60), []);
  for (const name of scheduleNames) t.strictSame(notes(name, {}, 121), [], name);
});

t.test('a last layer without an activation of its own is told by its place', async (t) => {
  const loss = 'binary-cross-entropy';
  const needs = `the loss "${loss}" needs the output activation "sigmoid"`;
  const told = (name: string) => `${needs}, and the last layer is "${name}"; put it before the output layer`;
  t.equal(
    mistake([{ units: 4 }, { name: 'dropout', rate: 0.5 }], { loss }),
    `model.layers.1: ${told('dropout')}`,
  );
  t.equal(mistake(['batch-norm'], { loss }), `model.layers.0: ${told('batch-norm')}`);
  t.equal(
    mistake([{ units: 1, activation: 'sigmoid' }, 'dropout'], { loss }),
    `model.layers.1: ${told('dropout')}`,
  );
  t.equal(mistake(['dropout', { units: 1, activation: 'sigmoid' }], { loss }), 'none');
  t.equal(mistake([{ units: 1 }, 'dropout']), 'none', 'a loss that needs none');
  t.equal(mistake([{ units: 1 }], { loss }), `model.layers.0.activation: ${needs}, got "linear"`);
  const last = { name: 'activation', activation: 'tanh' } as const;
  t.equal(mistake([{ units: 1 }, last], { loss }), `model.layers.1.activation: ${needs}, got "tanh"`);
});

t.test('auto is for the last width alone', async (t) => {
  t.equal(mistake([{ units: 3 }, { units: 'auto' }]), 'none');
  t.match(
    mistake([{ units: 'auto' }, { units: 3 }]),
    /^model\.layers\.0\.units: only the last .* got|whole number of units$/,
  );
});

t.test('numbers that float32 makes 0', async (t) => {
  const tiny = { optimizer: { name: 'sgd', learningRate: 1e-46 } } as const;
  const expected =
    'expected a number that float32 can hold, which ends at 1.4e-45, got 1e-46; or use model.precision: float64';
  t.equal(mistake([{ units: 1 }], tiny), `optimizer.learningRate: ${expected}`);
  t.equal(mistake([{ units: 1 }], { ...tiny, precision: 'float64' }), 'none');
  t.equal(mistake([{ units: 1 }], { ...tiny, engine: 'reference' }), 'none');
  t.equal(mistake([{ units: 1 }], { optimizer: { learningRate: 1.5e-45 } }), 'none');
  const init = { name: 'uniform', range: 1e-46 } as const;
  t.equal(mistake([{ units: 1 }, { units: 1, init }]), `model.layers.1.init.range: ${expected}`);
});

t.test('minibatches of fewer rows than a layer can be trained with', async (t) => {
  const layers = [{ name: 'dense', units: 4 }, { name: 'batch-norm' }, { name: 'dense', units: 1 }] as const;
  t.equal(
    mistake(layers, { train: { batchSize: 1 } }),
    'train.batchSize: expected at least 2, the fewest rows for "batch-norm" (model.layers.1), got 1',
  );
  t.equal(mistake(layers, { train: { batchSize: 2 } }), 'none');
  t.equal(mistake([{ units: 4 }, { name: 'layer-norm' }], { train: { batchSize: 1 } }), 'none');
  const told = (batchSize: number, rows?: number) =>
    [...wrongRows(layers, batchSize, rows)].map(({ message }) => message.replace(/^.*; /, ''));
  t.strictSame(told(2, 100), []);
  t.strictSame(told(100, 60_000), []);
  t.strictSame(told(100, 60_001), ['use 99 or 101']);
  t.strictSame(told(2, 101), ['use 3']);
  // 31 rows in minibatches of 2, 3, 5, 6, 10, 15 and 30 leave one.
  t.strictSame(told(3, 31), ['use 4']);
  t.strictSame(told(6, 31), ['use 4 or 7']);
  t.strictSame(told(30, 31), ['use 29 or 31']);
  t.strictSame(told(31, 31), []);
  t.strictSame(told(64, 31), []);
  t.match(told(64, 1), [/needs minibatches of at least 2 rows, got 1 training rows in all/]);
  t.strictSame([...wrongRows([{ name: 'dense' }], 1, 1)], []);
});

t.test('a share of the new statistics that is another system’s share of the old', async (t) => {
  const of = (newShare: number) => mistake([{ name: 'batch-norm', newShare }, { units: 1 }]);
  t.equal(
    of(0.99),
    "model.layers.0.newShare: expected a number in (0, 0.5], got 0.99; Keras's momentum 0.99 is newShare 0.01",
  );
  t.match(of(0.9), /Keras's momentum 0\.9 is newShare 0\.1$/);
  t.equal(of(0.5), 'none');
  t.match(of(1), /^model\.layers\.0\.newShare: expected a number in \(0, 1\), got 1/);
  t.match(of(0), /got 0/);
});

t.test('numbers of layers that float32 makes 0', async (t) => {
  const layers = [{ units: 3 }, { name: 'layer-norm', epsilon: 1e-50 }, { units: 1 }] as const;
  t.match(mistake(layers), /^model\.layers\.1\.epsilon: expected a number that float32 can hold/);
  t.equal(mistake(layers, { precision: 'float64' }), 'none');
});

t.test('layers of which none is learned', async (t) => {
  const { model } = parseConfig({
    ...{ name: 'x', data: 'xor', loss: 'mean-squared-error' },
    model: { layers: [{ name: 'dropout' }] },
  });
  t.throws(() => networkOf(model, { features: 2, outputs: 2 }), {
    name: 'UserError',
    message: /^model\.layers: nothing in them is learned; expected a dense layer/,
  });
});
