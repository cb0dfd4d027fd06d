/**
 * Mish (Misra 2019): f(x) = x·tanh(log(1 + eˣ)). With t = tanh(softplus(x)) and σ the sigmoid,
 * f′(x) = t + x·σ(x)·(1 − t²).
 */
import { type Activation, elementwise } from './activation.js';

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

export const mish: Activation = {
  description: 'x·tanh(log(1 + eˣ)), smooth, and a little below 0 on the left.',
  saves: 'input',
  ...elementwise(
    (x) => x * Math.tanh(softplus(x)),
    (x) => {
      const t = Math.tanh(softplus(x));
      return t + (x * (1 - t * t)) / (1 + Math.exp(-x));
    },
  ),
};
