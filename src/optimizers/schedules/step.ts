/** The rate times a factor now and then: base·factor^⌊s/every⌋ in step s (torch.optim.lr_scheduler.StepLR). */
import { power } from '../power.js';
import { warmup } from './common.js';
import type { Schedule } from './schedule.js';

const options = {
  ...warmup,
  every: {
    type: 'interval',
    units: 'steps',
    default: '10 epochs',
    description: 'From one change of the rate to the next, e.g. "30 epochs" or "1000 steps".',
  },
  factor: {
    type: 'number',
    above: 0,
    max: 1e6,
    default: 0.1,
    description: 'What the rate is multiplied by.',
  },
} as const;

export const step: Schedule<typeof options> = {
  description: 'Multiplies the rate by a factor now and then.',
  options,
  rate: ({ every, factor }, base, step) => base * power(factor, Math.floor(step / every)),
};
