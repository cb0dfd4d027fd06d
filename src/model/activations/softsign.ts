/**
 * Softsign (Turian et al. 2009): f(x) = x/(1 + |x|); f′(x) = 1/(1 + |x|)², from x, since far out 1 − |f(x)| would lose
 * the digits that it needs. NaN at ±∞, as PyTorch has it.
 */
import { type Activation, elementwise } from './activation.js';

export const softsign: Activation = {
  description: 'x/(1 + |x|), in (−1, 1): bends less than the hyperbolic tangent.',
  saves: 'input',
  ...elementwise(
    (x) => x / (1 + Math.abs(x)),
    (x) => (1 / (1 + Math.abs(x))) ** 2,
  ),
};
