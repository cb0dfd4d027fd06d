/**
 * Lion (Chen et al. 2023, algorithm 2): θ ← θ − η(sign(β₁m + (1 − β₁)g) + λθ), then m ← β₂m + (1 − β₂)g, with λ the
 * weightDecay; l2 is part of g. The sign of 0 is 0.
 */
import { commonOptions } from './common.js';
import type { Optimizer } from './optimizer.js';

const options = {
  ...commonOptions(0.0001),
  beta1: {
    type: 'number',
    min: 0,
    below: 1,
    default: 0.9,
    description: 'β₁: the share of the mean in what a step goes by.',
  },
  beta2: {
    type: 'number',
    min: 0,
    below: 1,
    default: 0.99,
    description: 'β₂: how slowly the mean of the gradients forgets.',
  },
} as const;

/** β₁, 1 − β₁, β₂, 1 − β₂, l2, weightDecay. */
export const lion: Optimizer<typeof options> = {
  description: 'Lion (Chen et al. 2023): steps by the sign of a mean of the gradients, all of the same size.',
  options,
  slotsTaken: 1,
  slots: () => ['m'],

  scalars({ beta1, beta2, l2, weightDecay }, _step, decays, into) {
    into[0] = beta1;
    into[1] = 1 - beta1;
    into[2] = beta2;
    into[3] = 1 - beta2;
    into[4] = decays ? l2 : 0;
    into[5] = decays ? weightDecay : 0;
  },

  step(theta, g, [m], n, factor, rate, [beta1, rest1, beta2, rest2, l2, weightDecay]) {
    let finite = true;
    for (let i = 0; i < n; i++) {
      const gradient = factor * g[i] + l2 * theta[i];
      const change = Math.sign(beta1 * m[i] + rest1 * gradient);
      m[i] = beta2 * m[i] + rest2 * gradient;
      theta[i] -= rate * (change + weightDecay * theta[i]);
      finite = finite && Number.isFinite(theta[i]) && Number.isFinite(m[i]);
    }
    return finite;
  },
};
