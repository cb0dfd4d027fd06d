/**
 * Hard tanh (Collobert 2004; PyTorch's Hardtanh): f(x) = x between −1 and 1, the nearer of the two outside;
 * f′ = 1 if −1 < x < 1, else 0. NaN passes through.
 */
import { type Activation, elementwise } from './activation.js';

export const hardTanh: Activation = {
  description: 'x, cut off at −1 and 1: a hyperbolic tangent of three straight pieces.',
  saves: 'output',
  kinks: () => [-1, 1],
  ...elementwise(
    (x) => Math.min(Math.max(x, -1), 1),
    (h) => (Math.abs(h) < 1 ? 1 : Math.abs(h) === 1 ? 0 : Number.NaN),
  ),
};
