/** The identity: f(x) = x, f′(x) = 1. */
import { type Activation, elementwise } from './activation.js';

export const linear: Activation = {
  description: 'x itself: for the outputs of a regression.',
  saves: 'output',
  identity: true,
  ...elementwise(
    (x) => x,
    () => 1,
  ),
};
