/** Rectified linear unit: f(x) = max(0, x); f′(x) = 1 if x > 0, else 0. NaN passes through. */
import { type Activation, elementwise } from './activation.js';

export const relu: Activation = {
  description: 'max(0, x), the rectified linear unit.',
  saves: 'output',
  init: 'he-uniform',
  kinks: () => [0],
  ...elementwise(
    (x) => Math.max(0, x),
    (h) => (h > 0 ? 1 : h === 0 ? 0 : Number.NaN),
  ),
};
