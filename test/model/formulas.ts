/** The plain formulas of activations and losses: their derivatives against central differences, their edges. */
import t from 'tap';
import { numericDerivative } from '../../src/api/gradcheck.js';
import { type ActivationName, activationNames, activations } from '../../src/model/activations/index.js';
import { type LossName, losses, lossNames } from '../../src/model/losses/index.js';
import { startsFromLogits } from '../../src/model/losses/loss.js';
import { defaultsOf, mostScalars, numbersOf, type Options, scalarsOf } from '../../src/options.js';

/** A member's defaults, and its numeric options with another value. */
const optionsOf = (options: Options | undefined) => [
  defaultsOf(options) as Record<string, number>,
  ...(options === undefined
    ? []
    : [
        numbersOf(
          options,
          scalarsOf(options, {}).map(() => 0.3),
        ) as Record<string, number>,
        // With a list of numbers, where there is one.
        ...(mostScalars(options) > scalarsOf(options, {}).length
          ? [numbersOf(options, [...scalarsOf(options, {}), 0.2, 0.6]) as Record<string, number>]
          : []),
      ]),
];

for (const name of activationNames) {
  for (const options of optionsOf(activations[name].options)) {
    t.test(`${name} ${JSON.stringify(options)}: backward is the derivative of forward`, async (t) => {
      const { forward, backward, saves } = activations[name];
      const u = Float64Array.of(-1.7, -0.3, 0.4, 2.1, 0.9, -0.6);
      const towards = Float64Array.of(0.3, -1.1, 0.7, 0.2, -0.5, 1.3);
      const h = new Float64Array(6);
      forward(u, h, 2, 3, options);
      const delta = towards.slice();
      backward(saves === 'input' ? u : h, delta, 2, 3, options);
      for (let k = 0; k < 6; k++) {
        const along = (x: number) => {
          const moved = u.slice();
          moved[k] = x;
          forward(moved, moved, 2, 3, options);
          return moved.reduce((sum, value, i) => sum + value * towards[i], 0);
        };
        t.ok(Math.abs(numericDerivative(along, u[k]) - delta[k]) < 1e-9, `value ${k}`);
      }
    });
  }
}

/** f and f′ of one value. */
function at(name: ActivationName, x: number, options?: Record<string, number>): [number, number] {
  const { forward, backward, saves, options: described } = activations[name];
  const values = { ...(defaultsOf(described) as Record<string, number>), ...options };
  const h = Float64Array.of(x);
  forward(h, h, 1, 1, values);
  const delta = Float64Array.of(1);
  backward(saves === 'input' ? Float64Array.of(x) : h, delta, 1, 1, values);
  return [h[0], delta[0]];
}

/** Those that work on each value alone: a row of one says nothing of the others. */
const elementwise = activationNames.filter((name) => activations[name].leastUnits === undefined);

t.test('a kink is where f′ jumps, and nowhere else', async (t) => {
  for (const name of elementwise) {
    for (const options of [...optionsOf(activations[name].options), { slope: 1, alpha: 1 }]) {
      const jumps = (x: number) =>
        Math.abs(at(name, x + 1e-9, options)[1] - at(name, x - 1e-9, options)[1]) > 1e-6;
      const found = Array.from({ length: 49 }, (_, k) => (k - 24) / 4).filter(jumps);
      t.strictSame(activations[name].kinks?.(options) ?? [], found, `${name} ${JSON.stringify(options)}`);
    }
  }
});

t.test('the edges of what bends below 0', async (t) => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  t.strictSame(at('leaky-relu', -2), [-0.02, 0.01]);
  t.strictSame(at('leaky-relu', 3), [3, 1]);
  t.strictSame(at('leaky-relu', -2, { slope: 0.25 }), [-0.5, 0.25]);
  t.strictSame(at('leaky-relu', -inf), [-inf, 0.01]);
  t.strictSame(at('elu', -1000), [-1, 0]);
  t.strictSame(at('elu', -inf, { alpha: 2 }), [-2, 0]);
  t.strictSame(at('elu', 0, { alpha: 2 }), [0, 2]);
  t.strictSame(at('softplus', 1000), [1000, 1], 'no overflow');
  t.strictSame(at('softplus', -1000), [0, 0]);
  t.strictSame(at('softplus', -40), [Math.exp(-40), Math.exp(-40)], 'no digit lost');
  t.strictSame(at('softplus', inf), [inf, 1]);
  t.strictSame(at('softplus', -inf), [0, 0]);
  t.strictSame(at('silu', 1000), [1000, 1]);
  t.strictSame(at('silu', -1000), [-0, -0], 'e^1000 is infinite');
  t.strictSame(at('silu', inf)[0], inf);
  t.strictSame(at('gelu', 1000), [1000, 1]);
  t.strictSame(at('gelu', -1000), [-0, -0]);
  t.strictSame(at('gelu', inf)[0], inf);
  t.strictSame(at('mish', 1000), [1000, 1]);
  t.strictSame(at('mish', -1000), [-0, 0]);
  t.strictSame(at('selu', -1000), [-1.7580993408473766, 0]);
  t.strictSame(at('gelu-tanh', 1000), [1000, 1]);
  t.strictSame(at('gelu-tanh', -1000)[0], -0, 'e^1000 is infinite');
  t.ok(Math.abs(at('gelu-tanh', -7)[0] / -2.315442262072538e-15 - 1) < 1e-12, 'no digit lost far below 0');
  t.strictSame(at('softsign', 1e9), [1e9 / (1 + 1e9), (1 / (1 + 1e9)) ** 2], 'no digit lost far out');
  t.strictSame(
    [-9, -1, 0.25, 1, 9].map((x) => at('hard-tanh', x)),
    [
      [-1, 0],
      [-1, 0],
      [0.25, 1],
      [1, 0],
      [1, 0],
    ],
  );
  t.strictSame(
    [-9, -3, 0, 3, 9].map((x) => at('hard-sigmoid', x)),
    [
      [0, 0],
      [0, 0],
      [0.5, 1 / 6],
      [1, 0],
      [1, 0],
    ],
  );
  t.strictSame(
    [-1, 0, 2, 6, inf].map((x) => at('relu6', x)),
    [
      [0, 0],
      [0, 0],
      [2, 1],
      [6, 0],
      [6, 0],
    ],
  );
  const signed = [
    'elu',
    'gelu',
    'gelu-tanh',
    'hard-tanh',
    'leaky-relu',
    'linear',
    'mish',
    'selu',
    'silu',
    'softsign',
    'tanh',
  ];
  for (const name of signed as ActivationName[]) {
    t.equal(at(name, -0)[0], -0, `${name}: the sign of 0`);
  }
  t.strictSame([at('sigmoid', -0)[0], at('softplus', -0)[0], at('relu', -0)[0]], [0.5, Math.LN2, 0]);
  for (const name of elementwise) {
    t.ok(Number.isNaN(at(name, nan)[0]), `${name} hides no NaN`);
    if (!activations[name].identity) t.ok(Number.isNaN(at(name, nan)[1]), `${name}, nor does its derivative`);
    t.equal(at(name, -0)[0] + 0, at(name, 0)[0] + 0, `${name}: −0 is 0`);
  }
});

t.test('the edges: no overflow, relu at 0, rows of softmax sum to 1', async (t) => {
  const of = (name: keyof typeof activations, ...u: number[]) => {
    const h = new Float64Array(u.length);
    activations[name].forward(Float64Array.from(u), h, 1, u.length, {});
    return [...h];
  };
  t.strictSame(of('sigmoid', -1000, 0, 1000), [0, 0.5, 1]);
  t.strictSame(of('relu', -1, 0, 2), [0, 0, 2]);
  t.strictSame(of('softmax', 1000, 1000), [0.5, 0.5]);
  t.ok(of('softmax', Number.NaN, 1).every(Number.isNaN));
  t.strictSame(of('log-softmax', 1000, 1000, -9000), [-Math.LN2, -Math.LN2, -10_000 - Math.LN2]);
  t.ok(of('log-softmax', Number.NaN, 1).every(Number.isNaN));
  const delta = Float64Array.of(1, 1);
  activations.relu.backward(Float64Array.of(0, 3), delta, 1, 2, {});
  t.strictSame([...delta], [0, 1]);
});

t.test('the losses stay finite and true where a clipped logarithm goes flat', async (t) => {
  const loss = (name: LossName, u: number[], y: number[], cols: number, labelSmoothing = 0) =>
    losses[name].forward(Float64Array.from(u), Float64Array.from(y), null, u.length / cols, cols, {
      labelSmoothing,
    });
  t.equal(loss('binary-cross-entropy', [-800], [1], 1), 800);
  t.equal(loss('binary-cross-entropy', [0, 0], [1, 0], 1), 2 * Math.log(2));
  t.equal(loss('binary-cross-entropy', [0, -800], [1, 1], 2), (Math.log(2) + 800) / 2, 'a mean over outputs');
  t.equal(loss('binary-cross-entropy', [-800], [1], 1, 0.5), 600, 'three quarters are wrong');
  t.equal(loss('cross-entropy', [-900, 100], [1, 0], 2), 1000);
  t.equal(loss('cross-entropy', [-900, 100], [1, 0], 2, 0.5), 750);
  t.equal(loss('cross-entropy', [0, 0, 0, 0], [0, 0, 1, 0], 4), Math.log(4));
  t.equal(loss('mean-squared-error', [1, 2, 3, 5], [0, 2, 3, 3], 2), 0.5 + 2);
});

t.test('a loss says where its derivative jumps', async (t) => {
  const jumps = (name: LossName, u: number[], y: number[], by: number[], cols = u.length) => {
    const [start, target] = [Float64Array.from(u), Float64Array.from(y)];
    const to = (sign: number) => start.map((value, k) => value + (sign * by[k]) / 2);
    return losses[name].kink?.(to(1), to(-1), target, cols);
  };
  for (const name of ['mean-absolute-error', 'quantile'] as const) {
    t.equal(jumps(name, [0, 3], [0, 1], [0.1, 0.1]), true);
    t.equal(jumps(name, [0.2, 3], [0, 1], [0.1, 0.1]), false);
  }
  t.equal(jumps('hinge', [1, -3], [1, 1], [0.1, 0.1]), true);
  t.equal(jumps('hinge', [1, -1], [0, 1], [0.1, 0.1]), false, 'the other side of the margin');
  t.equal(jumps('hinge', [-1], [0], [0.1]), true);
  t.equal(jumps('categorical-hinge', [2, 1, 0], [1, 0, 0], [0.1, 0, 0]), true);
  t.equal(jumps('categorical-hinge', [2, 1.2, 0], [1, 0, 0], [0.1, 0, 0]), false);
  t.equal(
    jumps('categorical-hinge', [0, 1, 1], [1, 0, 0], [0, 0.1, 0]),
    true,
    'another class is the nearest',
  );
});

t.test(
  'no smoothing leaves every bit: it adds nothing to a loss, not even where a logit is infinite',
  async (t) => {
    for (const name of ['cross-entropy', 'binary-cross-entropy'] as const) {
      const y = Float64Array.of(0.1, 1, 0, 0.7, 0, 0);
      const h = Float64Array.of(0.3, 0.8, 0.2, 0.1, 0.6, 0.4);
      const delta = new Float64Array(6);
      losses[name].backward(h, y, null, delta, 1, 6, { labelSmoothing: 0 });
      const factor = name === 'cross-entropy' ? 1 : 1 / 6;
      t.strictSame([...delta], [...h.map((value, i) => factor * (value - y[i]))]);
    }
    const logits = Float64Array.of(Number.NEGATIVE_INFINITY, 3);
    const { forward } = losses['cross-entropy'];
    t.equal(forward(logits, Float64Array.of(0, 1), null, 1, 2, { labelSmoothing: 0 }), 0);
  },
);

for (const name of lossNames) {
  for (const options of optionsOf(losses[name].options)) {
    for (const weights of [null, Float64Array.of(0.7, 3)]) {
      const title = `${name} ${JSON.stringify(options)}, weights ${weights}`;
      t.test(`${title}: backward is the derivative of the summed loss`, async (t) => {
        const { forward, backward } = losses[name];
        const fromLogits = startsFromLogits(losses[name], { name, ...options });
        const start = Float64Array.of(0.25, -0.8, 1.2, 0.1, 0.6, -0.4);
        const y = Float64Array.of(0, 1, 0, 1, 0, 0);
        const h = start.slice();
        forward(h, y, weights, 2, 3, options);
        const delta = new Float64Array(6);
        backward(fromLogits ? h : start, y, weights, delta, 2, 3, options);
        for (let k = 0; k < 6; k++) {
          const along = (x: number) => {
            const moved = start.slice();
            moved[k] = x;
            return forward(moved, y, weights, 2, 3, options);
          };
          t.ok(Math.abs(numericDerivative(along, start[k]) - delta[k]) < 1e-9, `value ${k}`);
        }
      });
    }
  }
}
