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
  frozen: {
    type: 'boolean',
    optional: true,
    description: 'The vectors stay as they are, as a model begins with those of another one (--init-from).',
  },
  rateFactor: {
    type: 'number',
    above: 0,
    max: 1e6,
    optional: true,
    description: 'What the learning rate is multiplied by for the vectors; default: 1.',
  },
  decayFactor: {
    type: 'number',
    min: 0,
    max: 1e6,
    optional: true,
    description: "What the optimizer's l2 and weightDecay are multiplied by for the vectors; default: 1.",
  },
} as const;

/** The default is fastai's rule. */
export const embed: Encoding<typeof options> = {
  description: 'A vector that is learned for each category: the tensor embedding.<column>.weight.',
  options,
  fit: (codes, _counts, { size, frozen, rateFactor, decayFactor }) => ({
    name: 'embed',
    size: size ?? Math.min(100, Math.round(1.6 * codes ** 0.56)),
    ...(frozen !== undefined && { frozen }),
    ...(rateFactor !== undefined && { rateFactor }),
    ...(decayFactor !== undefined && { decayFactor }),
  }),
};
