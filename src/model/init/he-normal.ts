/** He et al. (2015), equation 10: N(0, 2/inputs). Keeps the variance of ReLU layers. */
import { type Initializer, normalWith } from './init.js';

export const heNormal: Initializer = {
  description: 'He et al. 2015: N(0, 2/inputs); for ReLU.',
  fills: (inputs) => normalWith(Math.sqrt(2 / inputs)),
};
