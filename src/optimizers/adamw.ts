/** AdamW (torch.optim.AdamW): Adam with a weightDecay from the start. See moments.ts. */
import { momentsOf } from './moments.js';

export const adamw = momentsOf(
  'AdamW (Loshchilov and Hutter 2019): Adam with decoupled weight decay, 0.01 by default.',
  0.01,
);
