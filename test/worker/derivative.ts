/** Numeric derivatives and their errors, of functions whose derivatives are known. */
import t from 'tap';
import { activations } from '../../src/model/activations/index.js';
import { initialize } from '../../src/model/initialize.js';
import { crossEntropy } from '../../src/model/losses/cross-entropy.js';
import { lengthOf, network } from '../../src/model/network.js';
import {
  type Estimate,
  extrapolated,
  firstDifference,
  type LossChange,
  roundingOfRow,
} from '../../src/worker/derivative.js';
import { Probe } from '../../src/worker/numeric.js';
import { smallSource } from '../helpers/small.js';

const EPSILON = 2 ** -53;

/** f as a loss of one row and one parameter, which is x; its values are rounded like f(x). */
function lossOf(
  f: (x: number) => number,
  x: number,
  kink = Number.POSITIVE_INFINITY,
): LossChange & { calls: number } {
  return {
    calls: 0,
    crossedKink: false,
    rounding: EPSILON * Math.abs(f(x)),
    change(_, amount) {
      this.calls++;
      (this as { crossedKink: boolean }).crossedKink = x < kink !== x + amount < kink;
      return f(x + amount) - f(x);
    },
  };
}

const first = (loss: LossChange) => {
  const estimate: Estimate = { value: 0, error: 0, atKink: false };
  firstDifference(loss, 0, estimate);
  return estimate;
};
const best = (loss: LossChange, wanted = 0) => {
  const estimate: Estimate = { value: 0, error: 0, atKink: false };
  extrapolated(loss, 0, wanted, estimate);
  return estimate;
};

t.test('the first difference and its rounding', async (t) => {
  const loss = lossOf(Math.exp, 1);
  const { value, error, atKink } = first(loss);
  t.notOk(atKink);
  t.ok(Math.abs(value - Math.E) < 4 * error + 1e-10);
  t.ok(Math.abs(error / ((Math.SQRT2 * EPSILON * Math.E) / 2e-5) - 1) < 1e-12);
  t.equal(loss.calls, 2);
});

t.test('extrapolation: more exact, and the error holds', async (t) => {
  const functions: [string, (x: number) => number, number, number][] = [
    ['exp', Math.exp, 1, Math.E],
    ['sine', Math.sin, 1, Math.cos(1)],
    ['a square', (x) => 1e12 * (x - 3) ** 2, 1, -4e12],
    ['tanh', Math.tanh, 0.3, 1 - Math.tanh(0.3) ** 2],
    ['a pole nearby', (x) => 1 / (1.01 - x), 1, 1e4],
    ['steep', (x) => Math.tanh(1e6 * x), 2e-7, 1e6 * (1 - Math.tanh(0.2) ** 2)],
    ['flat beside its size', (x) => 0.7 + 1e-10 * Math.sin(x), 1, 1e-10 * Math.cos(1)],
    ['a waving line', (x) => 3 * x + 1e-3 * Math.sin(1000 * x), 0, 4],
  ];
  for (const [name, f, x, expected] of functions) {
    const { value, error } = best(lossOf(f, x));
    t.ok(
      Math.abs(value - expected) <= 4 * error + 1e-14 * Math.abs(expected),
      `${name}: ${value} ± ${error}`,
    );
    t.ok(error < 1e-4 * Math.abs(expected), `${name}: ${error}`);
  }
  // All of the large steps agree on 0, far away from where the derivative is wanted.
  const saturated = best(lossOf((x) => 0.7 + 1e-9 / (1 + (30 * x + 1) ** 4), 0));
  t.ok(
    Math.abs(saturated.value + 3e-8) <= 4 * saturated.error && saturated.error < 3e-9,
    `${saturated.value}`,
  );
  const vanishing = lossOf((x) => 0.7 + 1e-10 * Math.sin(x), 1);
  t.ok(first(vanishing).error > 1e-2 * 1e-10, 'what the first difference cannot tell');
  t.ok(best(vanishing).error < 1e-5 * 1e-10);
});

t.test('ends where the error will do', async (t) => {
  const all = lossOf(Math.exp, 1);
  best(all);
  const enough = lossOf(Math.exp, 1);
  const { value, error } = best(enough, 1e-7);
  t.ok(error <= 1e-7 && Math.abs(value - Math.E) <= error);
  t.ok(enough.calls <= all.calls && all.calls < 60, `${enough.calls} of ${all.calls}`);
});

t.test('kinks', async (t) => {
  const bent = (x: number) => Math.exp(x) + Math.max(0, x - 1.1);
  t.ok(first(lossOf(bent, 1, 1.000001)).atKink);
  t.ok(best(lossOf(bent, 1, 1.000001)).atKink);
  const { value, error, atKink } = best(lossOf(bent, 1, 1.1));
  t.notOk(atKink);
  t.ok(Math.abs(value - Math.E) < 4 * error && error < 1e-9, `steps that cross it are left out: ${error}`);
  const unseen = best(lossOf(bent, 1));
  t.ok(
    Math.abs(unseen.value - Math.E) < 4 * unseen.error + 1e-12,
    'and one that nobody has told of does not mislead',
  );
});

t.test("a row's rounding: from the size of the loss, of the values, and their number", async (t) => {
  const square = (h: Float64Array) => h.reduce((sum, value) => sum + (value - 5) ** 2, 0);
  const same = roundingOfRow(square, Float64Array.of(5, 5), 1);
  t.ok(Math.abs(same / (5 * EPSILON) - 1) < 1e-5, 'neither loss nor slope: the size of the values');
  const flat = roundingOfRow(() => 7, Float64Array.of(1, 2), 9);
  t.ok(Math.abs(flat / (9 * EPSILON) - 1) < 1e-12, 'and the loss');
  // of a linear loss 3v with v = 2: ε(6 + 2 + √terms·2·3)
  const linear = roundingOfRow((v) => 3 * v[0], Float64Array.of(2), 16);
  t.ok(Math.abs(linear / (EPSILON * (6 + 2 + 4 * 6)) - 1) < 1e-6);
  t.equal(
    roundingOfRow((v) => v[0], Float64Array.of(0), 4),
    0,
  );
  // Beyond its domain a loss is no number: of 3√v₀ + v₁ at (0, 1) what counts are the sides that there are.
  const step = 2 ** -24;
  const edge = roundingOfRow((v) => 3 * Math.sqrt(v[0]) + v[1], Float64Array.of(0, 1), 1);
  t.ok(Math.abs(edge / (EPSILON * (1 + 1 + Math.hypot(3 / Math.sqrt(step), 1))) - 1) < 1e-6);
  t.equal(
    roundingOfRow((v) => (v[0] === 2 ? 5 : Number.NaN), Float64Array.of(2), 1),
    EPSILON * 7,
  );
});

t.test('the model of rounding against what is seen with tiny steps', async (t) => {
  const units = [20, 15, 4];
  for (const hidden of ['sigmoid', 'tanh', 'relu'] as const) {
    for (const range of [0.08, 0.5, 2]) {
      const net = network(
        10,
        units.map((count, l) => ({ units: count, activation: l === 2 ? ('softmax' as const) : hidden })),
        { name: 'uniform', range },
      );
      const theta = new Float64Array(net.parameters);
      initialize(net, 1, { name: 'uniform', range }, theta);
      const [x, y] = [new Float64Array(32 * 10), new Float64Array(32 * 4)];
      await smallSource(32, 10, 4).read({ features: x, targets: y });
      const probe = new Probe(
        { net, loss: { name: 'cross-entropy', labelSmoothing: 0 }, seed: 1 },
        theta,
        x,
        y,
        32,
      );
      for (const { name, tensors } of net.layers.filter((layer) => layer.tensors.length > 0)) {
        let seen = 0;
        let expected = 0;
        for (let k = 0; k < lengthOf(tensors); k++) {
          // What is left of steps so small that the change is as good as linear: f(2h) − 2f(h).
          const [h, index] = [2 ** -30, tensors[0].offset + k];
          seen += (probe.change(index, 2 * h) - 2 * probe.change(index, h)) ** 2;
          expected += 5 * probe.rounding ** 2;
        }
        const ratio = Math.sqrt(seen / expected);
        t.ok(ratio > 0.02 && ratio < 2, `${hidden}, ${range}, ${name}: ${ratio}`);
      }
    }
  }
  t.ok(activations.relu.kinks?.({})[0] === 0 && crossEntropy.fromLogits, 'what is assumed here');
});
