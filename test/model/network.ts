/** The layout of the parameter vector and its initial values. */
import t from 'tap';
import type { InitSpec } from '../../src/model/init/index.js';
import { initialize } from '../../src/model/initialize.js';
import { hasMatrix, lengthOf, network, widthsOf } from '../../src/model/network.js';

const SPECS = [
  { units: 50, activation: 'relu' },
  { units: 30, activation: 'tanh', init: { name: 'glorot-normal' } },
  { units: 3, activation: 'softmax' },
] as const;

t.test('layers lie one after another, weights before biases, without gaps', async (t) => {
  const net = network(200, SPECS, { name: 'he-uniform' });
  t.strictSame(
    net.layers.flatMap(({ tensors }) =>
      tensors.map(({ name, shape, offset, length }) => [name, shape, offset, length]),
    ),
    [
      ['layer1.weight', [200, 50], 0, 10_000],
      ['layer1.bias', [50], 10_000, 50],
      ['layer2.weight', [50, 30], 10_050, 1_500],
      ['layer2.bias', [30], 11_550, 30],
      ['layer3.weight', [30, 3], 11_580, 90],
      ['layer3.bias', [3], 11_670, 3],
    ],
  );
  t.equal(net.parameters, 11_673);
  t.equal(net.outputs, 3);
});

/** What each initializer promises for a layer of 200 inputs and 50 units: bound (if any) and variance. */
const PROMISES: [InitSpec, number, number][] = [
  [{ name: 'uniform', range: 0.08 }, 0.08, 0.08 ** 2 / 3],
  [{ name: 'glorot-uniform' }, Math.sqrt(6 / 250), 2 / 250],
  [{ name: 'glorot-normal' }, Number.POSITIVE_INFINITY, 2 / 250],
  [{ name: 'he-uniform' }, Math.sqrt(6 / 200), 2 / 200],
  [{ name: 'he-normal' }, Number.POSITIVE_INFINITY, 2 / 200],
  [{ name: 'lecun-uniform' }, Math.sqrt(3 / 200), 1 / 200],
  [{ name: 'lecun-normal' }, Number.POSITIVE_INFINITY, 1 / 200],
  [{ name: 'normal', deviation: 0.3 }, Number.POSITIVE_INFINITY, 0.09],
  // The variance of a normal number that is at most 2: 1 − 4φ(2)/(2Φ(2) − 1).
  [{ name: 'truncated-normal', deviation: 0.3 }, 0.6, 0.09 * 0.7737413],
  [{ name: 'orthogonal', gain: 1.5 }, 1.5, 1.5 ** 2 / 200],
];

for (const [init, bound, variance] of PROMISES) {
  t.test(`${init.name}: mean 0, its variance, its bound, zero biases`, async (t) => {
    const net = network(200, [{ units: 50, activation: 'relu' }], init);
    const parameters = new Float64Array(net.parameters).fill(Number.NaN);
    initialize(net, 1, init, parameters);
    const weights = parameters.subarray(0, 10_000);
    const mean = weights.reduce((sum, w) => sum + w) / weights.length;
    const spread = weights.reduce((sum, w) => sum + w * w) / weights.length;
    t.ok(Math.abs(mean) < 4 * Math.sqrt(variance / weights.length), `mean ${mean}`);
    t.ok(Math.abs(spread / variance - 1) < 0.06, `variance ${spread} of ${variance}`);
    t.ok(weights.every((w) => Math.abs(w) <= bound));
    t.ok(parameters.subarray(10_000).every((b) => b === 0));
  });
}

t.test('orthogonal: columns at right angles, or rows where these are fewer; constant; biases', async (t) => {
  for (const [inputs, units] of [
    [90, 40],
    [40, 90],
    [50, 50],
    [1, 7],
  ]) {
    const net = network(inputs, [{ units, initialBias: -0.5 }], { name: 'orthogonal', gain: 2 });
    const w = new Float64Array(net.parameters);
    initialize(net, 3, { name: 'orthogonal', gain: 2 }, w);
    const tall = inputs >= units;
    const at = (vector: number, k: number) => (tall ? w[k * units + vector] : w[vector * units + k]);
    let most = 0;
    for (let a = 0; a < Math.min(inputs, units); a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0;
        for (let k = 0; k < Math.max(inputs, units); k++) sum += at(a, k) * at(b, k);
        most = Math.max(most, Math.abs(sum - (a === b ? 4 : 0)));
      }
    }
    t.ok(most < 1e-13, `${inputs}×${units}: ${most}`);
    t.ok(w.subarray(inputs * units).every((bias) => bias === -0.5));
  }
  const net = network(3, [{ units: 2 }], { name: 'constant', value: 0.25 });
  const w = new Float64Array(net.parameters);
  initialize(net, 3, { name: 'constant', value: 0.25 }, w);
  t.same([...w], [0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0, 0]);
});

t.test('a layer is keyed by the seed and its own name, and may have its own initializer', async (t) => {
  const draw = (seed: number, specs: readonly (typeof SPECS)[number][]) => {
    const net = network(200, specs, { name: 'he-uniform' });
    const parameters = new Float64Array(net.parameters);
    initialize(net, seed, { name: 'he-uniform' }, parameters);
    return parameters;
  };
  const all = draw(1, SPECS);
  const same = (a: Float64Array, b: Float64Array) => a.every((value, k) => value === b[k]);
  t.ok(same(draw(1, SPECS.slice(0, 1)), all.subarray(0, 10_050)), 'later layers change nothing before them');
  t.notOk(same(draw(2, SPECS), all));
  const second = all.subarray(10_050, 11_550);
  const spread = second.reduce((sum, w) => sum + w * w) / second.length;
  t.ok(Math.abs(spread / (2 / 80) - 1) < 0.15, 'glorot-normal of 50 inputs and 30 units');
});

t.test(
  'names count dense layers alone; what follows one has its name, before the first one it is input',
  async (t) => {
    const norm = { name: 'batch-norm' } as const;
    const act = { name: 'activation', activation: 'relu' } as const;
    const specs = [
      norm,
      { name: 'dropout', rate: 0.5 },
      { name: 'layer-norm' },
      { units: 4, activation: 'tanh' },
      norm,
      act,
      { name: 'layer-norm' },
      { units: 3 },
      act,
      norm,
    ] as const;
    const net = network(5, specs, { name: 'he-uniform' });
    t.strictSame(
      net.layers.map(({ type, name, place }) => `${name} ${type} ${place}`),
      [
        'input.norm batch-norm 0',
        'input dropout 1',
        'input.norm2 layer-norm 2',
        'layer1 dense 3',
        'layer1 activation 3',
        'layer1.norm batch-norm 4',
        'layer1 activation 5',
        'layer1.norm2 layer-norm 6',
        'layer2 dense 7',
        'layer2 activation 8',
        'layer2.norm batch-norm 9',
      ],
    );
    const tensors = net.layers.flatMap(({ tensors }) => tensors);
    t.strictSame(
      tensors.map(({ name, decays }) => `${name}${decays ? ' decays' : ''}`),
      [
        ...['input.norm.weight', 'input.norm.bias', 'input.norm2.weight', 'input.norm2.bias'],
        ...['layer1.weight decays', 'layer1.bias', 'layer1.norm.weight', 'layer1.norm.bias'],
        ...['layer1.norm2.weight', 'layer1.norm2.bias', 'layer2.weight decays', 'layer2.bias'],
        ...['layer2.norm.weight', 'layer2.norm.bias'],
      ],
    );
    const buffers = net.layers.flatMap(({ buffers }) => buffers);
    t.strictSame(
      buffers.map(({ name, offset, length }) => [name, offset, length]),
      [
        ['input.norm.running_mean', 0, 5],
        ['input.norm.running_var', 5, 5],
        ['layer1.norm.running_mean', 10, 4],
        ['layer1.norm.running_var', 14, 4],
        ['layer2.norm.running_mean', 18, 3],
        ['layer2.norm.running_var', 21, 3],
      ],
    );
    t.equal(net.buffers, 24);
    t.equal(net.parameters, lengthOf(tensors));
    t.strictSame(widthsOf(net), [5, 4, 3]);
    const [parameters, kept] = [new Float64Array(net.parameters), new Float64Array(net.buffers)];
    initialize(net, 1, { name: 'he-uniform' }, parameters, kept);
    t.strictSame([...parameters.subarray(0, 10)], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
    t.strictSame([...kept.subarray(0, 10)], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    // Adding layers that are not dense changes no other one's weights.
    const bare = network(5, [{ units: 4, activation: 'tanh' }, { units: 3 }], { name: 'he-uniform' });
    const alone = new Float64Array(bare.parameters);
    initialize(bare, 1, { name: 'he-uniform' }, alone);
    const first = net.layers[3].tensors[0];
    t.strictSame([...parameters.subarray(first.offset, first.offset + 20)], [...alone.subarray(0, 20)]);
  },
);

t.test(
  'layers of layers lie in the one row, between where a way around them begins and where it ends',
  async (t) => {
    const inner = { name: 'residual', layers: [{ units: 4, activation: 'tanh' }] } as const;
    const specs = [
      { units: 4 },
      { name: 'residual', layers: [{ name: 'prelu', perUnit: true }, inner, { units: 4 }], drop: 0.5 },
      { name: 'concat', layers: [{ units: 'auto' }] },
    ] as const;
    const net = network(5, specs, { name: 'he-uniform' }, 3);
    t.strictSame(
      net.layers.map(({ type, name, place, inputs, outputs, partner }) =>
        [name, type, place, inputs, outputs, partner].join(' '),
      ),
      [
        'layer1 dense 0 5 4 ',
        'layer1 fork 1 4 4 8',
        'layer1.prelu prelu 1.layers.0 4 4 ',
        'layer1 fork 1.layers.1 4 4 6',
        'layer2 dense 1.layers.1.layers.0 4 4 ',
        'layer2 activation 1.layers.1.layers.0 4 4 ',
        'layer2 residual 1.layers.1 4 4 3',
        'layer3 dense 1.layers.2 4 4 ',
        'layer3 residual 1 4 4 1',
        'layer3 fork 2 4 4 11',
        'layer4 dense 2.layers.0 4 3 ',
        'layer4 concat 2 3 7 9',
      ],
    );
    t.match(net.layers[8].options, { drop: 0.5 });
    t.same([net.outputs, net.layers.findLast(hasMatrix)?.place], [7, '2.layers.0']);
    const narrow = [{ units: 4 }, { name: 'residual', layers: [{ units: 3 }] }] as const;
    t.throws(() => network(5, narrow, { name: 'he-uniform' }), {
      name: 'UserError',
      message:
        'model.layers.1: of 4 values the layers of "residual" make 3, and both are added up: expected as many; its last ' +
        'layer with units needs 4',
    });
  },
);
