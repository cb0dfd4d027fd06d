/**
 * Scaled exponential linear unit (Klambauer et al. 2017): f(x) = λx if x > 0, else λα(eˣ − 1); f′ = λ if x > 0, else
 * λαeˣ = f(x) + λα. With these λ and α and weights N(0, 1/inputs), outputs keep mean 0 and variance 1.
 */
import { type Activation, elementwise } from './activation.js';

const LAMBDA = 1.0507009873554805;
/** λα, α = 1.6732632423543772. */
const LAMBDA_ALPHA = 1.7580993408473766;

export const selu: Activation = {
  description:
    'The scaled exponential linear unit: with lecun-normal weights, layers keep mean 0 and variance 1.',
  saves: 'output',
  init: 'lecun-uniform',
  kinks: () => [0],
  ...elementwise(
    (x) => (x > 0 ? LAMBDA * x : LAMBDA_ALPHA * Math.expm1(x)),
    (h) => (h > 0 ? LAMBDA : h + LAMBDA_ALPHA),
  ),
};
