/**
 * The negative log likelihood of counts (Poisson), without log y!, which does not depend on the output ŷ, the rate:
 * ŷ − y·log ŷ, averaged over the K outputs of a row. PyTorch's PoissonNLLLoss.
 *
 * With `logInput` it starts from logits u, the logarithms of rates, and applies the output activation e^u itself:
 * e^u − y·u, which is true at any size, with ∂l/∂u = e^u − y. Without it works on rates that another activation has made
 * positive: ŷ − y·log(ŷ + 10⁻⁸), as Keras's Poisson does.
 */
import type { Options } from '../../options.js';
import { exponential } from '../activations/exponential.js';
import { type Loss, ofTerms, outputMinusTarget } from './loss.js';

const LEAST = 1e-8;

const options = {
  logInput: {
    type: 'boolean',
    default: true,
    description:
      'Whether the last layer makes logarithms of rates, of which the output activation "exponential" makes rates; false: ' +
      'the loss is computed from rates, which "softplus", "relu" or "exponential" make.',
  },
} as const satisfies Options;

const ofLogits = ofTerms(
  (u, y) => (y === 0 ? Math.exp(u) : Math.exp(u) - y * u),
  (u, y) => Math.exp(u) - y,
);
const ofRates = ofTerms(
  (h, y) => h - y * Math.log(h + LEAST),
  (h, y) => 1 - y / (h + LEAST),
);

export const poisson: Loss<typeof options> = {
  description:
    'Of counts, whose mean is predicted: for values from 0 up, such as how often something happens.',
  options,
  activations: ['exponential', 'softplus', 'relu'],
  targets: 'values',
  fromLogits: true,
  mixes: true,
  onOutputs: ({ logInput }) => !logInput,
  refuse(y, at, cols) {
    for (let k = at; k < at + cols; k++) {
      if (!(y[k] >= 0)) return `expected a count, from 0 up, got ${y[k]}; is it scaled (data.target.scale)?`;
    }
    return undefined;
  },
  metrics: () => [{ name: 'poisson-deviance' }],
  forward(h, y, weights, rows, cols, { logInput }) {
    if (!logInput) return ofRates.forward(h, y, weights, rows, cols, {});
    const sum = ofLogits.forward(h, y, weights, rows, cols, {});
    exponential.forward(h, h, rows, cols, {});
    return sum;
  },
  backward(h, y, weights, delta, rows, cols, { logInput }) {
    if (!logInput) ofRates.backward(h, y, weights, delta, rows, cols, {});
    else outputMinusTarget(h, y, weights, delta, rows, cols, { factor: 1 / cols });
  },
};
