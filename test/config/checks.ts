/** What is wrong between values that are right one by one. */
import t from 'tap';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { networkOf } from '../../src/coordinator/network.js';

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
