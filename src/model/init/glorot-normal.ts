/** Glorot and Bengio (2010), equation 16: N(0, 2/(inputs + units)). Keeps the variance of sigmoid and tanh layers. */
import { type Initializer, normalWith } from './init.js';

export const glorotNormal: Initializer = {
  description: 'Glorot and Bengio 2010: N(0, 2/(inputs + units)); for sigmoid and tanh.',
  fills: (inputs, units) => normalWith(Math.sqrt(2 / (inputs + units))),
};
