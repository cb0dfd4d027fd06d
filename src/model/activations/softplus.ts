/**
 * Softplus (Dugas et al. 2001): f(x) = log(1 + eˣ), computed as max(x, 0) + log1p(e^−|x|), which never overflows;
 * f′ = σ(x) = 1 − e^−f(x). PyTorch's Softplus with beta 1, but for its threshold: that returns x above 20.
 */
import { type Activation, elementwise } from './activation.js';

export const softplus: Activation = {
  description: 'log(1 + eˣ), a smooth ReLU whose outputs are positive.',
  saves: 'output',
  ...elementwise(
    (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    (h) => -Math.expm1(-h),
  ),
};
