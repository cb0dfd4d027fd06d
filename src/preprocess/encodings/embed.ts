import type { Encoding } from './encoding.js';

const options = {
  size: {
    type: 'integer',
    min: 1,
    max: 4096,
    description:
      'Numbers that are learned for each category. Default: 1.6·n^0.56 for n categories, at most 100.',
    optional: true,
  },
} as const;

/** The default is fastai's rule. */
export const embed: Encoding<typeof options> = {
  description: 'A vector that is learned for each category: the tensor embedding.<column>.weight.',
  options,
  fit: (codes, _counts, { size }) => ({
    name: 'embed',
    size: size ?? Math.min(100, Math.round(1.6 * codes ** 0.56)),
  }),
};
