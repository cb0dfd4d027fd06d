/** U(−range, range), whatever the layer's size: what the exercises use (±0.08). */
import type { Options } from '../../options.js';
import { type Initializer, uniformWithin } from './init.js';

const options = {
  range: { type: 'number', above: 0, max: 1e6, description: 'Weights are drawn from U(−range, range).' },
} as const satisfies Options;

export const uniform: Initializer<typeof options> = {
  description: 'Uniform in (−range, range), whatever the size of the layer.',
  options,
  anySize: true,
  bound: (_inputs, _units, { range }) => range,
  fills: (_inputs, _units, { range }) => uniformWithin(range),
};
