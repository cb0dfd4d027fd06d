/**
 * Hard sigmoid (PyTorch's and, since version 3, Keras's): f(x) = min(max(x + 3, 0), 6)/6; f′ = 1/6 if −3 < x < 3, else 0.
 * NaN passes through.
 */
import { type Activation, elementwise } from './activation.js';

export const hardSigmoid: Activation = {
  description: '(x + 3)/6, cut off at 0 and 1: a sigmoid of three straight pieces.',
  saves: 'output',
  probabilities: true,
  kinks: () => [-3, 3],
  ...elementwise(
    (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
    (h) => (h > 0 && h < 1 ? 1 / 6 : Number.isNaN(h) ? h : 0),
  ),
};
