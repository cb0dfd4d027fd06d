/**
 * A straight line down to the final rate: in step s of a length of L base + (final − base)·s/L, and from L on final
 * (torch.optim.lr_scheduler.LinearLR from 1 to final/base).
 */
import { final, lasting } from './common.js';
import type { Schedule } from './schedule.js';

const options = { ...lasting, ...final } as const;

export const linear: Schedule<typeof options> = {
  description: 'Falls in a straight line to the final rate.',
  options,
  lowest: 'final',
  rate: ({ final }, base, step, length) => (step >= length ? final : base + ((final - base) * step) / length),
};
