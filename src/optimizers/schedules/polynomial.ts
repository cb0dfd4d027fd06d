/**
 * A power of what is left: in step s of a length of L final + (base − final)·(1 − s/L)^power, and from L on final
 * (torch.optim.lr_scheduler.PolynomialLR, with a final rate).
 */
import { power } from '../power.js';
import { final, lasting } from './common.js';
import type { Schedule } from './schedule.js';

const options = {
  ...lasting,
  power: {
    type: 'number',
    above: 0,
    max: 100,
    default: 1,
    description: 'Which power of what is left; 1 is a straight line.',
  },
  ...final,
} as const;

export const polynomial: Schedule<typeof options> = {
  description: 'Falls along a power of what is left of it to the final rate.',
  options,
  lowest: 'final',

  rate({ power: exponent, final }, base, step, length) {
    if (step >= length) return final;
    const left = 1 - step / length;
    const whole = Number.isInteger(exponent);
    return final + (base - final) * (whole ? power(left, exponent) : Math.exp(exponent * Math.log(left)));
  },
};
