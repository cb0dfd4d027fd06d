/**
 * The Gaussian error linear unit by a hyperbolic tangent (Hendrycks and Gimpel 2016; PyTorch's `approximate='tanh'`):
 * f(x) = ½x(1 + tanh z), z = √(2/π)(x + 0.044715x³). With a = e^(−|2z|), ½(1 + tanh z) is s = 1/(1 + a), below 0
 * a/(1 + a), which loses no digit where it is small; f′(x) = s + x·2z′·a/(1 + a)². NaN at −∞, as PyTorch has it: ∞·0.
 */
import { type Activation, elementwise } from './activation.js';

/** √(8/π) */
const TWICE = 1.5957691216057308;
const CUBE = 0.044715;
/** Farther out a is 0, and what it is multiplied with must not be infinite. */
const FAR = 50;

const power = (x: number) => Math.exp(-TWICE * Math.abs(x + CUBE * (x * (x * x))));
const gate = (x: number, a: number) => (x > 0 ? 1 : a) / (1 + a);

export const geluTanh: Activation = {
  description: 'The Gaussian error linear unit by its usual approximation with a hyperbolic tangent.',
  saves: 'input',
  ...elementwise(
    (x) => x * gate(x, power(x)),
    (x) => {
      const a = power(x);
      const near = Math.min(Math.max(x, -FAR), FAR);
      const slope = TWICE * (1 + 3 * CUBE * (near * near));
      return gate(x, a) + near * slope * (a / (1 + a) / (1 + a));
    },
  ),
};
