/**
 * One rise and one fall, both half a cosine (Smith and Topin 2019; torch.optim.lr_scheduler.OneCycleLR, anneal_strategy "cos",
 * without its momentum): from base/divFactor up to base in step peakAt·L − 1 of a length of L, then down to
 * base/divFactor/finalDivFactor in step L − 1, and from then on.
 */
import { cosineBetween, lasting } from './common.js';
import type { Schedule } from './schedule.js';

const options = {
  length: lasting.length,
  peakAt: {
    type: 'number',
    above: 0,
    below: 1,
    default: 0.3,
    description: 'After which share of the length the learning rate is reached.',
  },
  divFactor: {
    type: 'number',
    min: 1,
    max: 1e9,
    default: 25,
    description: 'The first rate is the learning rate divided by this.',
  },
  finalDivFactor: {
    type: 'number',
    min: 1,
    max: 1e9,
    default: 1e4,
    description: 'The last rate is the first one divided by this.',
  },
} as const;

export const oneCycle: Schedule<typeof options> = {
  description:
    'Rises to the learning rate, then falls to nearly nothing (Smith): the rise is a warm-up by itself.',
  options,

  rate({ peakAt, divFactor, finalDivFactor }, base, step, length) {
    const first = base / divFactor;
    const peak = peakAt * length - 1;
    const last = length - 1;
    if (step >= last) return first / finalDivFactor;
    if (step < peak) return cosineBetween(first, base, step / peak);
    return cosineBetween(base, first / finalDivFactor, (step - peak) / (last - peak));
  },
};
