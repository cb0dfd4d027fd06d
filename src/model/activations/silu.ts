/**
 * Sigmoid linear unit, also swish (Elfwing et al. 2018; PyTorch's SiLU): f(x) = x·σ(x) = x/(1 + e⁻ˣ);
 * f′(x) = σ(x)(1 + x(1 − σ(x))). NaN at −∞, and f′ at ±∞ too: ∞·0, as PyTorch has it.
 */
import { type Activation, elementwise } from './activation.js';

export const silu: Activation = {
  description: 'x/(1 + e⁻ˣ), the sigmoid linear unit, also called swish.',
  saves: 'input',
  ...elementwise(
    (x) => x / (1 + Math.exp(-x)),
    (x) => {
      const sigmoid = 1 / (1 + Math.exp(-x));
      return sigmoid * (1 + x * (1 - sigmoid));
    },
  ),
};
