/** The same learning rate in every step. */
import { warmup } from './common.js';
import type { Schedule } from './schedule.js';

const options = { ...warmup } as const;

export const constant: Schedule<typeof options> = {
  description: 'The same learning rate in every step.',
  options,
  rate: (_options, base) => base,
};
