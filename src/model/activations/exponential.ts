/** Exponential: f(x) = eˣ; f′ = f. For outputs whose logarithm the layer before makes: rates, with the loss `poisson`. */
import { type Activation, elementwise } from './activation.js';

export const exponential: Activation = {
  description: 'eˣ: for outputs that are positive and of any size, such as rates (loss "poisson").',
  saves: 'output',
  ...elementwise(
    (x) => Math.exp(x),
    (h) => h,
  ),
};
