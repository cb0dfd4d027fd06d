/**
 * A linear warm-up, then half a cosine down to the final rate (Loshchilov and Hutter 2017, without restarts): in step s
 * of a warm-up of W steps and a length of L, base·(s + 1)/W while s < W, then
 * final + (base − final)·(1 + cos(π(s − W)/(L − W)))/2, and from L on final.
 */
import type { Schedule } from './schedule.js';

const options = {
  warmup: {
    type: 'interval',
    units: 'steps',
    optional: true,
    description: 'How long the rate rises from 0, e.g. "1 epoch" or "500 steps"; default: not at all.',
  },
  length: {
    type: 'interval',
    units: 'steps',
    optional: true,
    description:
      'When the final rate is reached, e.g. "20 epochs", warm-up included; default: at the end of the run.',
  },
  final: {
    type: 'number',
    min: 0,
    max: 1e6,
    default: 0,
    description: 'The rate at the end of the cosine, and from then on.',
  },
} as const;

export const cosine: Schedule<typeof options> = {
  description: 'Rises during the warm-up, then falls along half a cosine to the final rate.',
  options,

  rate({ warmup = 0, length, final }, base, step, steps) {
    const end = length ?? steps;
    if (step < warmup) return (base * (step + 1)) / warmup;
    if (step >= end) return final;
    return final + ((base - final) * (1 + Math.cos((Math.PI * (step - warmup)) / (end - warmup)))) / 2;
  },

  pinned: (options, length) => ({ ...options, length: options.length ?? length }),

  problemIn({ warmup = 0, length }, steps) {
    const end = length ?? steps;
    if (warmup <= end) return undefined;
    return { key: 'warmup', message: `expected at most the schedule's ${end} steps, got ${warmup}` };
  },
};
