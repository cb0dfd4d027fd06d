/** Values drawn at random, each keyed by the seed, the trial and the parameter: none depends on what else there is. */
import { keyed } from '../../random.js';
import type { Search } from './search.js';

export const random: Search = {
  description: 'Values drawn at random (Bergstra and Bengio 2012).',
  learns: false,
  point: ({ seed }, parameters, number) =>
    parameters.map(({ path, value }) => value(keyed(seed, 'sweep', number, path).uniform())),
};
