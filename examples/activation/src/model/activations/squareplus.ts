/**
 * Squareplus (Barron 2021): f(x) = (x + r)/2 with r = √(x² + 4), below 0 computed as 2/(r − x), which loses no digit;
 * f′(x) = f(x)/r.
 */
import { type Activation, elementwise } from './activation.js';

const root = (x: number) => Math.sqrt(x * x + 4);
const squareplusOf = (x: number) => (x > 0 ? (x + root(x)) / 2 : 2 / (root(x) - x));

export const squareplus: Activation = {
  description: '(x + √(x² + 4))/2, a smooth ReLU without an exponential.',
  saves: 'input',
  ...elementwise(squareplusOf, (x) => squareplusOf(x) / root(x)),
};
