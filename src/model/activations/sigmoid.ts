/** Logistic sigmoid: f(x) = 1/(1 + e⁻ˣ), computed as ½·tanh(x/2) + ½, which never overflows; f′ = f(1 − f). */
import { type Activation, elementwise } from './activation.js';

export const sigmoid: Activation = {
  description: '1/(1 + e⁻ˣ), in (0, 1): for outputs that are probabilities of their own.',
  saves: 'output',
  probabilities: true,
  ...elementwise(
    (x) => 0.5 * Math.tanh(0.5 * x) + 0.5,
    (h) => h * (1 - h),
  ),
};
