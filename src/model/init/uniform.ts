/** U(−range, range), whatever the layer's size: what the exercises use (±0.08). */
import { type Initializer, uniformWithin } from './init.js';

export const uniform: Initializer<{ range: number }> = (_inputs, _units, options) =>
  uniformWithin(options.range);
