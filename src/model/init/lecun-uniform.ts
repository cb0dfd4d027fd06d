/** LeCun et al. (1998), "Efficient backprop", equation 16: U(−a, a) with a = √(3/inputs), of variance 1/inputs. */
import { type Initializer, uniformWithin } from './init.js';

const bound = (inputs: number) => Math.sqrt(3 / inputs);

export const lecunUniform: Initializer = {
  description: 'LeCun et al. 1998: U(−a, a), a = √(3/inputs); for selu.',
  bound,
  fills: (inputs) => uniformWithin(bound(inputs)),
};
