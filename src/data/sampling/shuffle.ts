/** Each training row once an epoch, in another order each time: keyed by (seed, epoch). */
import { keyed, shuffle as shuffled } from '../../random.js';
import type { Sampling } from './sampling.js';

export const shuffle: Sampling = {
  description: 'Each training row comes once an epoch, in an order of its own.',
  draw:
    ({ seed, train }) =>
    (into, epoch) => {
      into.set(train);
      shuffled(into, keyed(seed, 'shuffle', epoch));
    },
};
