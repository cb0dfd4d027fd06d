/**
 * Gaussian error linear unit (Hendrycks and Gimpel 2016), exact as PyTorch's and Keras's default:
 * f(x) = x·Φ(x), Φ(x) = ½(1 + erf(x/√2)); f′(x) = Φ(x) + x·φ(x), φ(x) = e^(−x²/2)/√(2π).
 * NaN at −∞, and f′ at ±∞ too: ∞·0, as PyTorch has it.
 */
import { erf } from '../erf.js';
import { type Activation, elementwise } from './activation.js';

/** 1/√(2π) */
const DENSITY_AT_0 = 0.3989422804014327;

export const gelu: Activation = {
  description: 'x·Φ(x), Φ the normal distribution function by erf, the exact Gaussian error linear unit.',
  saves: 'input',
  ...elementwise(
    (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
    (x) => 0.5 * (1 + erf(x * Math.SQRT1_2)) + x * (DENSITY_AT_0 * Math.exp(-0.5 * x * x)),
  ),
};
