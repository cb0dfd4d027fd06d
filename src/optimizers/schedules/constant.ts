/** The same learning rate in every step. */
import type { Schedule } from './schedule.js';

const options = {} as const;

export const constant: Schedule<typeof options> = {
  description: 'The same learning rate in every step.',
  options,
  rate: (_options, base) => base,
};
