/** N(0, deviation²), whatever the layer's size. */
import { deviation, type Initializer, normalWith } from './init.js';

const options = { deviation };

export const normal: Initializer<typeof options> = {
  description: 'Normal around 0, whatever the size of the layer.',
  options,
  fills: (_inputs, _units, { deviation }) => normalWith(deviation),
};
