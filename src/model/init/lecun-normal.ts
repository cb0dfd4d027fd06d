/**
 * LeCun et al. (1998), "Efficient backprop", equation 16: N(0, 1/inputs). Keeps the variance of layers that are nearly
 * linear, and of selu ones. Keras cuts it off at two deviations.
 */
import { type Initializer, normalWith } from './init.js';

export const lecunNormal: Initializer = {
  description: 'LeCun et al. 1998: N(0, 1/inputs); for selu.',
  fills: (inputs) => normalWith(Math.sqrt(1 / inputs)),
};
