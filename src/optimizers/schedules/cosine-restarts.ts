/**
 * Cosines one after another (SGDR: Loshchilov and Hutter 2017; torch.optim.lr_scheduler.CosineAnnealingWarmRestarts): each
 * falls as `cosine` does, and the next begins at the learning rate again, so many times as long as `growth` says.
 */
import { cosineBetween, final, warmup } from './common.js';
import type { Schedule } from './schedule.js';

const options = {
  ...warmup,
  cycle: {
    type: 'interval',
    units: 'steps',
    default: '10 epochs',
    description: 'How long the first cosine is.',
  },
  growth: {
    type: 'integer',
    min: 1,
    max: 1000,
    default: 1,
    description: 'Each cosine is so many times as long as the one before.',
  },
  ...final,
} as const;

export const cosineRestarts: Schedule<typeof options> = {
  description: 'Falls along half a cosine again and again (SGDR).',
  options,
  lowest: 'final',

  rate({ cycle, growth, final }, base, step) {
    let [at, length] = growth === 1 ? [step % cycle, cycle] : [step, cycle];
    for (; at >= length; length *= growth) at -= length;
    return cosineBetween(base, final, at / length);
  },
};
