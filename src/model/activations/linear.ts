/** The identity: f(x) = x, f′(x) = 1. */
import { elementwise } from './activation.js';

export const linear = elementwise(
  (x) => x,
  () => 1,
);
