/** Rectified linear unit up to 6 (Krizhevsky 2010): f(x) = min(max(x, 0), 6); f′ = 1 if 0 < x < 6, else 0. NaN passes through. */
import { type Activation, elementwise } from './activation.js';

export const relu6: Activation = {
  description: 'max(0, x), but at most 6.',
  saves: 'output',
  init: 'he-uniform',
  kinks: () => [0, 6],
  ...elementwise(
    (x) => Math.min(Math.max(0, x), 6),
    (h) => (h > 0 && h < 6 ? 1 : Number.isNaN(h) ? h : 0),
  ),
};
