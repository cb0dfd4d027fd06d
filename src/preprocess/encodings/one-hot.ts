import type { Encoding } from './encoding.js';

export const oneHot: Encoding = {
  description: 'An input for each category, 1 for the one that it is; kernels skip the zeros.',
  fit: () => ({ name: 'one-hot' }),
};
