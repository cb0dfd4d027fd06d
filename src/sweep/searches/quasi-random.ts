/** Values that cover the space evenly: points of a Sobol sequence, scrambled by the seed. */
import { MOST_DIMENSIONS, scrambledSobol } from '../sobol.js';
import type { Search } from './search.js';

export const quasiRandom: Search = {
  description: 'Values that cover the space evenly: a Sobol sequence, scrambled by the seed.',
  learns: false,
  refuse: ({ length }) =>
    length > MOST_DIMENSIONS
      ? `quasi-random searches at most ${MOST_DIMENSIONS} parameters, got ${length}; search "random"`
      : undefined,
  point: ({ seed }, parameters, number) =>
    parameters.map(({ value }, dimension) => value(scrambledSobol(number - 1, dimension, seed))),
};
