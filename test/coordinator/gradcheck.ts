/** Gradient checks of networks whose gradients are tiny, whose loss is large, or that lie at kinks; and of mistakes. */
import '../helpers/bare.js';
import t from 'tap';
import type { Config, ConfigInput } from '../../src/config/schema.js';
import { checkGradients } from '../../src/coordinator/gradcheck.js';
import { openData } from '../../src/data/index.js';
import type { DataSource } from '../../src/data/source.js';
import { anyContext } from '../../src/data/source.js';
import type { ActivationName } from '../../src/model/activations/index.js';
import type { LossName } from '../../src/model/losses/index.js';
import { network } from '../../src/model/network.js';
import type { LayerCheck } from '../../src/results.js';
import { smallConfig, smallSource } from '../helpers/small.js';

type Layers = readonly (readonly [units: number, activation: ActivationName])[];

const configOf = (loss: LossName, layers: Layers, range: number, changes: Partial<Config> = {}) =>
  smallConfig({
    loss,
    model: {
      precision: 'float64',
      init: { name: 'uniform', range },
      layers: layers.map(([units, activation]) => ({ units, activation })),
    },
    seed: 1,
    ...changes,
  });
const sigmoids = (...units: number[]): Layers => units.map((count) => [count, 'sigmoid']);

const xor = () => openData({ name: 'xor' }, anyContext);
/** Inputs and targets times `x` and `y`. */
const scaled = (source: DataSource, x: number, y: number): DataSource => ({
  ...source,
  async read(window) {
    await source.read(window);
    const { features, targets } = window;
    for (let k = 0; k < features.length; k++) features[k] *= x;
    for (let k = 0; k < targets.length; k++) targets[k] *= y;
  },
});

// One thread, so that each check starts one only: gradients of several are the business of test/gradients.ts.
const options = { threads: 1, rows: 16, sample: null as number | null };
const check = (
  config: Config,
  source: DataSource,
  changes: Partial<typeof options> = {},
  spoil?: (g: Float64Array) => void,
) => checkGradients(config, { ...options, ...changes }, () => {}, source, undefined, { spoil });
const verdicts = (layers: LayerCheck[]) => layers.map(({ verdict }) => verdict);

/** What a check says of each layer when its gradient is 1e-5 too large; `only` that of one layer, or of all. */
async function spoilt(config: Config, source: DataSource, sample: number | null = null, only?: number) {
  const net = network(source.features, config.model.layers, config.model.init);
  return verdicts(
    await check(config, source, { sample }, (gradients) => {
      const trained = net.layers.filter(({ tensors }) => tensors.length > 0);
      for (const [l, { tensors }] of trained.entries()) {
        if (only !== undefined && l !== only) continue;
        for (const { offset, length } of tensors) {
          for (let k = offset; k < offset + length; k++) gradients[k] *= 1 + 1e-5;
        }
      }
    }),
  );
}

const deep = configOf('binary-cross-entropy', sigmoids(8, 8, 8, 8, 8, 8, 1), 0.08, {
  seed: 0,
});

t.test('six sigmoid layers: right where it can be told, no accusation elsewhere', async (t) => {
  const layers = await check(deep, await xor());
  t.notOk(verdicts(layers).includes('wrong'));
  t.same(verdicts(layers).slice(3), ['right', 'right', 'right', 'right']);
  t.equal(layers[0].verdict, 'too small');
  t.match(
    layers[0].because,
    /^the loss's rounding gives numeric gradients an error up to \de-[345] of their size$/,
  );
  for (const { numericVsBackprop, numericError, name } of layers) {
    t.ok((numericVsBackprop ?? 1) <= 4 * (numericError ?? 0) + 1e-7, `${name}: explained by the error`);
  }
  const wrong = await spoilt(deep, await xor());
  for (const [l, { verdict, name }] of layers.entries()) {
    if (verdict === 'right') t.equal(wrong[l], 'wrong', `${name}: 1e-5 too large`);
  }
});

t.test('three hidden layers of sigmoid units on images', async (t) => {
  const config = configOf(
    'cross-entropy',
    [
      [30, 'sigmoid'],
      [30, 'sigmoid'],
      [30, 'sigmoid'],
      [10, 'softmax'],
    ],
    0.08,
  );
  const source = scaled(smallSource(16, 100, 10), 0.3, 1);
  t.same(verdicts(await check(config, source, { sample: 30 })), ['right', 'right', 'right', 'right']);
  t.same(await spoilt(config, source, 30), ['wrong', 'wrong', 'wrong', 'wrong']);
});

t.test('ordinary networks: a gradient that is 1e-5 too large is found in each layer', async (t) => {
  const networks: [LossName, Layers, 'one-hot' | 'binary' | 'real'][] = [
    [
      'cross-entropy',
      [
        [13, 'relu'],
        [11, 'relu'],
        [3, 'softmax'],
      ],
      'one-hot',
    ],
    [
      'binary-cross-entropy',
      [
        [13, 'tanh'],
        [11, 'sigmoid'],
        [3, 'sigmoid'],
      ],
      'binary',
    ],
    [
      'mean-squared-error',
      [
        [13, 'sigmoid'],
        [11, 'relu'],
        [3, 'linear'],
      ],
      'real',
    ],
  ];
  for (const [loss, layers, targets] of networks) {
    const config = configOf(loss, layers, 1);
    const source = smallSource(16, 8, 3, targets);
    t.same(verdicts(await check(config, source)), ['right', 'right', 'right'], loss);
    t.same(await spoilt(config, source), ['wrong', 'wrong', 'wrong'], loss);
    if (loss === 'cross-entropy') t.same(await spoilt(config, source, 20, 1), ['right', 'wrong', 'right']);
  }
});

t.test('a large loss: XOR with targets of a million', async (t) => {
  const source = scaled(await xor(), 1, 1e6);
  for (const hidden of ['sigmoid', 'tanh'] as const) {
    const config = configOf(
      'mean-squared-error',
      [
        [8, hidden],
        [1, 'linear'],
      ],
      1,
    );
    const layers = await check(config, source);
    t.same(verdicts(layers), ['right', 'right'], hidden);
    t.same(await spoilt(config, source), ['wrong', 'wrong'], hidden);
  }
});

t.test(
  'large inputs, saturated units, weights of a millionth: nothing that is right is called wrong',
  async (t) => {
    const networks: [hidden: ActivationName, inputs: number, range: number][] = [
      ['relu', 1e6, 1],
      ['sigmoid', 1e3, 1],
      ['sigmoid', 1e6, 1],
      ['tanh', 1, 30],
      ['tanh', 1, 1e-6],
      ['linear', 1e-4, 1],
    ];
    for (const [hidden, x, range] of networks) {
      const config = configOf(
        'cross-entropy',
        [
          [9, hidden],
          [7, hidden],
          [3, 'softmax'],
        ],
        range,
      );
      const layers = await check(config, scaled(smallSource(16, 6, 3), x, 1));
      t.notOk(verdicts(layers).includes('wrong'), `${hidden}, inputs times ${x}, weights up to ${range}`);
      t.equal(layers[2].verdict, 'right');
    }
  },
);

t.test('kinks only: not checked', async (t) => {
  const dead = configOf(
    'binary-cross-entropy',
    [
      [8, 'relu'],
      [1, 'sigmoid'],
    ],
    1e-9,
  );
  const layers = await check(dead, await xor());
  t.match(layers[0], {
    verdict: 'not checked',
    because: 'all 24 parameters lie at a kink of the activations',
    checked: 0,
    kinks: 24,
    numericVsBackprop: null,
    numericError: null,
    singleVsThreaded: 0,
  });
});

t.test('some at kinks: others are drawn, the same for any threads', async (t) => {
  const config = (seed: number) =>
    configOf(
      'binary-cross-entropy',
      [
        [8, 'relu'],
        [1, 'sigmoid'],
      ],
      0.08,
      { seed },
    );
  let redrawn = 0;
  for (let seed = 1; seed <= 3; seed++) {
    const layers = await check(config(seed), await xor(), { threads: 1, sample: 3 });
    t.same(verdicts(layers), ['right', 'right'], `seed ${seed}`);
    t.equal(layers[0].checked, 3);
    redrawn += layers[0].kinks;
    t.same(
      await check(config(seed), await xor(), { threads: 3, sample: 3 }),
      layers,
      `seed ${seed}: 3 threads`,
    );
  }
  t.ok(redrawn > 0);
});

t.test('a loss that is not a number: not checked, and not wrong', async (t) => {
  const config = configOf(
    'mean-squared-error',
    [
      [8, 'tanh'],
      [1, 'linear'],
    ],
    1,
  );
  const layers = await check(config, scaled(await xor(), 1, 1e200));
  t.same(verdicts(layers), ['not checked', 'not checked']);
  t.match(layers[0].because, /not a finite number/);
});

t.test('a loss has kinks of its own: what crosses them is left out', async (t) => {
  for (const loss of ['mean-absolute-error', 'quantile'] as const) {
    const near: DataSource = {
      ...smallSource(16, 3, 2, 'real'),
      async read(window) {
        await smallSource(16, 3, 2, 'real').read(window);
        // An output of 0, and a target that the step h passes: the difference would say −0.3 where the derivative is −1.
        window.features.fill(0, 3, 6);
        window.targets.set([3e-6, 1], 2);
      },
    };
    const [layer] = await check(configOf(loss, [[2, 'tanh']], 0.5), near);
    t.equal(layer.verdict, 'right', `${loss}: ${layer.numericVsBackprop}`);
    t.equal(layer.kinks, 1, 'the bias of the first unit');
    t.equal(layer.checked, layer.parameters - 1);
  }
});

t.test(
  'what cancels, by weights that are alike or in saturated units, is too small, and a mistake is still one',
  async (t) => {
    type Written = ConfigInput['model']['layers'];
    const drawn = { name: 'normal' as const, deviation: 1 };
    const networks: [what: string, LossName, layers: Written, verdicts: LayerCheck['verdict'][]][] = [
      [
        'a softmax does not see what moves all of its inputs',
        'cross-entropy',
        ['prelu', { units: 3, activation: 'softmax' }],
        ['too small', 'right'],
      ],
      [
        'nor a normalization, whose backward pass cancels once more',
        'mean-squared-error',
        [
          { units: 11, activation: 'tanh' },
          { units: 12, activation: 'silu' },
          'layer-norm',
          { units: 3, init: drawn },
        ],
        ['too small', 'too small', 'right', 'right'],
      ],
      [
        'units so far below 0 that differences are lost beside the others',
        'mean-squared-error',
        [
          { name: 'residual', layers: [{ units: 8, activation: 'gelu', initialBias: -14 }, { units: 8 }] },
          { units: 3, init: drawn },
        ],
        ['too small', 'right', 'right'],
      ],
      [
        'saturated units, whose slope is the last bit of their output',
        'mean-squared-error',
        [
          { name: 'residual', layers: [{ units: 8, activation: 'tanh', initialBias: 18 }, { units: 8 }] },
          { units: 3, init: drawn },
        ],
        ['too small', 'right', 'right'],
      ],
    ];
    for (const [what, loss, layers, expected] of networks) {
      const model = {
        precision: 'float64' as const,
        init: { name: 'constant' as const, value: 0.3 },
        layers,
      };
      const config = smallConfig({ loss, model });
      const source = smallSource(16, 8, 3, loss === 'cross-entropy' ? 'one-hot' : 'real');
      t.same(verdicts(await check(config, source)), expected, what);
      const spoil = (gradients: Float64Array) => gradients.set(gradients.map((g) => 1.00001 * g + 1e-6));
      t.same(
        verdicts(await check(config, source, {}, spoil)),
        expected.map(() => 'wrong'),
        `${what}: a mistake`,
      );
    }
  },
);
