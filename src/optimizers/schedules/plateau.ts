/**
 * The rate times a factor when validations bring nothing better any more (torch.optim.lr_scheduler.ReduceLROnPlateau): better
 * is what is so by more than `threshold` times the best; at the `patience`-th miss in a row (PyTorch's patience is one less)
 * the rate is reduced, and the next `cooldown` validations count no misses.
 */
import { warmup } from './common.js';
import type { Schedule } from './schedule.js';

const options = {
  ...warmup,
  patience: {
    type: 'integer',
    min: 1,
    max: 1_000_000,
    default: 10,
    description:
      'The rate is reduced after so many validations in a row without a better one; what PyTorch calls n is n + 1 here.',
  },
  factor: {
    type: 'number',
    above: 0,
    below: 1,
    default: 0.1,
    description: 'What the rate is multiplied by.',
  },
  threshold: {
    type: 'number',
    min: 0,
    below: 1,
    default: 1e-4,
    description:
      'By which share of itself the best value of train.validate.monitor must be bettered to count.',
  },
  cooldown: {
    type: 'integer',
    min: 0,
    max: 1_000_000,
    default: 0,
    description: 'Validations after a reduction that count no misses.',
  },
  minimum: {
    type: 'number',
    min: 0,
    max: 1e6,
    default: 0,
    description: 'The lowest rate.',
  },
} as const;

export const plateau: Schedule<typeof options> = {
  description: 'Multiplies the rate by a factor when train.validate.monitor gets no better.',
  options,
  lowest: 'minimum',

  rate: ({ minimum }, base, _step, _length, level) => Math.max(base * level, Math.min(base, minimum)),

  after({ patience, factor, threshold, cooldown }, { best, misses, resting, level }, value, sign) {
    const isBetter = best === null || sign * (value - best) > threshold * Math.abs(best);
    const counted = isBetter || resting > 0 ? 0 : misses + 1;
    const reaches = counted >= patience;
    return {
      best: isBetter ? value : best,
      misses: reaches ? 0 : counted,
      resting: reaches ? cooldown : Math.max(0, resting - 1),
      level: reaches ? level * factor : level,
    };
  },
};
