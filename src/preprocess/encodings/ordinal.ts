import { fitted } from '../scales/scale.js';
import type { Encoding } from './encoding.js';

const options = {
  order: {
    type: 'texts',
    least: 1,
    description: 'The categories from the lowest to the highest. Default: by code point.',
    optional: true,
  },
} as const;

/** The place in the order, scaled to mean 0 and standard deviation 1 over the training rows. */
export const ordinal: Encoding<typeof options> = {
  description: 'One input: the place in an order, for categories that have one.',
  options,
  order: ({ order }) => order,
  fit(codes, counts) {
    let rows = 0;
    let sum = 0;
    for (let code = 0; code < codes; code++) {
      rows += counts[code];
      sum += code * counts[code];
    }
    if (rows === 0) return { name: 'ordinal', scale: { log: false, center: 0, spread: 1 } };
    const mean = sum / rows;
    let squares = 0;
    for (let code = 0; code < codes; code++) squares += counts[code] * (code - mean) ** 2;
    return { name: 'ordinal', scale: fitted(mean, Math.sqrt(squares / rows)) };
  },
};
