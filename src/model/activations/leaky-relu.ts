/**
 * Leaky rectified linear unit (Maas et al. 2013; PyTorch's LeakyReLU): f(x) = x if x > 0, else slope·x;
 * f′ = 1 if x > 0, else slope. As slope ≥ 0, the output tells on which side of 0 its x was. NaN passes through.
 */
import type { Options } from '../../options.js';
import { type Activation, elementwise } from './activation.js';

const options = {
  slope: { type: 'number', min: 0, max: 1, default: 0.01, description: 'Slope below 0.' },
} as const satisfies Options;

export const leakyRelu: Activation<typeof options> = {
  description: 'x above 0 and slope·x below, the leaky rectified linear unit.',
  options,
  saves: 'output',
  kinks: ({ slope }) => (slope === 1 ? [] : [0]),
  ...elementwise<typeof options>(
    (x, { slope }) => (x > 0 ? x : slope * x),
    (h, { slope }) => (h > 0 ? 1 : h <= 0 ? slope : Number.NaN),
  ),
};
