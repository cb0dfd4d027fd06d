/** Hyperbolic tangent: f′(x) = 1 − tanh²x. */
import { type Activation, elementwise } from './activation.js';

export const tanh: Activation = {
  description: 'The hyperbolic tangent, in (−1, 1).',
  saves: 'output',
  ...elementwise(
    (x) => Math.tanh(x),
    (h) => 1 - h * h,
  ),
};
