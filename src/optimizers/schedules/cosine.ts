/**
 * Half a cosine down to the final rate (Loshchilov and Hutter 2017, without restarts): in step s of a length of L
 * final + (base − final)·(1 + cos(πs/L))/2, and from L on final (torch.optim.lr_scheduler.CosineAnnealingLR).
 */
import { final, lasting } from './common.js';
import type { Schedule } from './schedule.js';

const options = {
  ...lasting,
  final: { ...final.final, description: 'The rate at the end of the cosine, and from then on.' },
} as const;

export const cosine: Schedule<typeof options> = {
  description: 'Rises during the warm-up, then falls along half a cosine to the final rate.',
  options,
  lowest: 'final',

  rate({ final }, base, step, length) {
    if (step >= length) return final;
    return final + ((base - final) * (1 + Math.cos((Math.PI * step) / length))) / 2;
  },
};
