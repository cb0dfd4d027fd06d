/**
 * Adagrad (Duchi et al. 2011) as PyTorch defines it (torch.optim.Adagrad): s ← s + g², θ ← θ − η(g/(1 + (t − 1)δ)/(√s + ε) +
 * λθ) in step t, with δ the lrDecay and λ the weightDecay; l2 is part of g.
 */
import { commonOptions, epsilonOption } from './common.js';
import type { Optimizer } from './optimizer.js';

const options = {
  ...commonOptions(0.01),
  lrDecay: {
    type: 'number',
    min: 0,
    max: 1e6,
    default: 0,
    description: 'δ: in step t the rate is divided by 1 + (t − 1)δ, whatever the schedule.',
  },
  epsilon: epsilonOption(1e-10, 'added to the root of the sum of squares'),
} as const;

/** 1/(1 + (t − 1)δ), ε, l2, weightDecay. */
export const adagrad: Optimizer<typeof options> = {
  description: 'Adagrad (Duchi et al. 2011): gradients over the root of the sum of their squares so far.',
  options,
  slotsTaken: 1,
  slots: () => ['sum'],

  scalars({ lrDecay, epsilon, l2, weightDecay }, step, decays, into) {
    into[0] = 1 / (1 + (step - 1) * lrDecay);
    into[1] = epsilon;
    into[2] = decays ? l2 : 0;
    into[3] = decays ? weightDecay : 0;
  },

  step(theta, g, [sum], n, factor, rate, [slower, epsilon, l2, weightDecay]) {
    let finite = true;
    for (let i = 0; i < n; i++) {
      const gradient = factor * g[i] + l2 * theta[i];
      sum[i] += gradient * gradient;
      const change = (slower * gradient) / (Math.sqrt(sum[i]) + epsilon);
      theta[i] -= rate * (change + weightDecay * theta[i]);
      finite = finite && Number.isFinite(theta[i]) && Number.isFinite(sum[i]);
    }
    return finite;
  },
};
