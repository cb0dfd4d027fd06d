/** Options that schedules share; what the first two mean is in index.ts, once for all of them. */

/** Of every schedule. */
export const warmup = {
  warmup: {
    type: 'interval',
    units: 'steps',
    optional: true,
    description: 'How long the rate rises from 0, e.g. "1 epoch" or "500 steps"; default: not at all.',
  },
} as const;

/** Of those that come to an end. */
export const lasting = {
  ...warmup,
  length: {
    type: 'interval',
    units: 'steps',
    optional: true,
    description:
      'When the last rate is reached, e.g. "20 epochs", warm-up included; default: at the end of the run.',
  },
} as const;

/** Of those that fall to a rate. */
export const final = {
  final: {
    type: 'number',
    min: 0,
    max: 1e6,
    default: 0,
    description: 'The lowest rate.',
  },
} as const;

/** Half a cosine (Loshchilov and Hutter 2017): `from` at 0, `to` at 1. */
export function cosineBetween(from: number, to: number, at: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * at))) / 2;
}
