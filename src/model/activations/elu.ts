/**
 * Exponential linear unit (Clevert et al. 2016; PyTorch's ELU): f(x) = x if x > 0, else α(eˣ − 1);
 * f′ = 1 if x > 0, else αeˣ = f(x) + α. As α ≥ 0, the output tells on which side of 0 its x was.
 */
import type { Options } from '../../options.js';
import { type Activation, elementwise } from './activation.js';

const options = {
  alpha: { type: 'number', min: 0, max: 1e6, default: 1, description: 'Outputs stay above −alpha.' },
} as const satisfies Options;

export const elu: Activation<typeof options> = {
  description: 'x above 0 and alpha·(eˣ − 1) below, the exponential linear unit.',
  options,
  saves: 'output',
  kinks: ({ alpha }) => (alpha === 1 ? [] : [0]),
  ...elementwise<typeof options>(
    (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x)),
    (h, { alpha }) => (h > 0 ? 1 : h + alpha),
  ),
};
