/**
 * The rate times a factor, little by little: base·factor^(s/every) in step s (torch.optim.lr_scheduler.ExponentialLR, where
 * `every` is one step of it).
 */
import { power } from '../power.js';
import { warmup } from './common.js';
import type { Schedule } from './schedule.js';

const options = {
  ...warmup,
  every: {
    type: 'interval',
    units: 'steps',
    default: '1 epoch',
    description: 'How long it takes until the rate is that many times as large.',
  },
  factor: {
    type: 'number',
    above: 0,
    max: 1e6,
    default: 0.95,
    description: 'What the rate is multiplied by in that time.',
  },
} as const;

export const exponential: Schedule<typeof options> = {
  description: 'Multiplies the rate by a factor, a little in each step.',
  options,

  rate({ every, factor }, base, step) {
    // Math.pow need not have the same bits on every machine.
    return (
      base * power(factor, Math.floor(step / every)) * Math.exp(((step % every) / every) * Math.log(factor))
    );
  },
};
