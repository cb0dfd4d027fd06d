/** Hyperbolic tangent: f′(x) = 1 − tanh²x. */
import { elementwise } from './activation.js';

export const tanh = elementwise(
  (x) => Math.tanh(x),
  (h) => 1 - h * h,
);
