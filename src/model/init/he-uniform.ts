/** He et al. (2015), equation 10: U(−a, a) with a = √(6/inputs). Keeps the variance of ReLU layers. */
import { type Initializer, uniformWithin } from './init.js';

const bound = (inputs: number) => Math.sqrt(6 / inputs);

export const heUniform: Initializer = {
  description: 'He et al. 2015: U(−a, a), a = √(6/inputs); for ReLU.',
  bound,
  fills: (inputs) => uniformWithin(bound(inputs)),
};
