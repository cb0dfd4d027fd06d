/** Glorot and Bengio (2010), equation 16: U(−a, a) with a = √(6/(inputs + units)). Keeps the variance of sigmoid and tanh layers. */
import { type Initializer, uniformWithin } from './init.js';

const bound = (inputs: number, units: number) => Math.sqrt(6 / (inputs + units));

export const glorotUniform: Initializer = {
  description: 'Glorot and Bengio 2010: U(−a, a), a = √(6/(inputs + units)); for sigmoid and tanh.',
  bound,
  fills: (inputs, units) => uniformWithin(bound(inputs, units)),
};
