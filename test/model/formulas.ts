/** The plain formulas of activations and losses: their derivatives against central differences, their edges. */
import t from 'tap';
import { numericDerivative } from '../../src/api/gradcheck.js';
import { activationNames, activations } from '../../src/model/activations/index.js';
import { losses, lossNames } from '../../src/model/losses/index.js';

for (const name of activationNames) {
  t.test(`${name}: backward is the derivative of forward`, async (t) => {
    const { forward, backward } = activations[name];
    const u = Float64Array.of(-1.7, -0.3, 0.4, 2.1, 0.9, -0.6);
    const towards = Float64Array.of(0.3, -1.1, 0.7, 0.2, -0.5, 1.3);
    const h = new Float64Array(6);
    forward(u, h, 2, 3);
    const delta = towards.slice();
    backward(h, delta, 2, 3);
    for (let k = 0; k < 6; k++) {
      const along = (x: number) => {
        const moved = u.slice();
        moved[k] = x;
        forward(moved, moved, 2, 3);
        return moved.reduce((sum, value, i) => sum + value * towards[i], 0);
      };
      t.ok(Math.abs(numericDerivative(along, u[k]) - delta[k]) < 1e-9, `value ${k}`);
    }
  });
}

t.test('the edges: no overflow, relu at 0, rows of softmax sum to 1', async (t) => {
  const of = (name: keyof typeof activations, ...u: number[]) => {
    const h = new Float64Array(u.length);
    activations[name].forward(Float64Array.from(u), h, 1, u.length);
    return [...h];
  };
  t.strictSame(of('sigmoid', -1000, 0, 1000), [0, 0.5, 1]);
  t.strictSame(of('relu', -1, 0, 2), [0, 0, 2]);
  t.strictSame(of('softmax', 1000, 1000), [0.5, 0.5]);
  t.ok(of('softmax', Number.NaN, 1).every(Number.isNaN));
  const delta = Float64Array.of(1, 1);
  activations.relu.backward(Float64Array.of(0, 3), delta, 1, 2);
  t.strictSame([...delta], [0, 1]);
});

t.test('the losses stay finite and true where a clipped logarithm goes flat', async (t) => {
  const loss = (name: keyof typeof losses, u: number[], y: number[], cols: number) =>
    losses[name].forward(Float64Array.from(u), Float64Array.from(y), u.length / cols, cols);
  t.equal(loss('binary-cross-entropy', [-800], [1], 1), 800);
  t.equal(loss('binary-cross-entropy', [0, 0], [1, 0], 1), 2 * Math.log(2));
  t.equal(loss('cross-entropy', [-900, 100], [1, 0], 2), 1000);
  t.equal(loss('cross-entropy', [0, 0, 0, 0], [0, 0, 1, 0], 4), Math.log(4));
  t.equal(loss('mean-squared-error', [1, 2, 3, 5], [0, 2, 3, 3], 2), 0.5 + 2);
});

for (const name of lossNames) {
  t.test(`${name}: backward is the derivative of the summed loss`, async (t) => {
    const { forward, backward, fromLogits } = losses[name];
    const start = Float64Array.of(0.3, -0.8, 1.2, 0.1, 0.6, -0.4);
    const y = Float64Array.of(0, 1, 0, 1, 0, 0);
    const h = start.slice();
    forward(h, y, 2, 3);
    const delta = new Float64Array(6);
    backward(fromLogits ? h : start, y, delta, 2, 3);
    for (let k = 0; k < 6; k++) {
      const along = (x: number) => {
        const moved = start.slice();
        moved[k] = x;
        return forward(moved, y, 2, 3);
      };
      t.ok(Math.abs(numericDerivative(along, start[k]) - delta[k]) < 1e-9, `value ${k}`);
    }
  });
}
