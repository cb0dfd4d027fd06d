/**
 * Adadelta (Zeiler 2012) as PyTorch defines it (torch.optim.Adadelta): v ← ρv + (1 − ρ)g², change √(u + ε)/√(v + ε)·g,
 * u ← ρu + (1 − ρ)change², θ ← θ − η(change + λθ), λ the weightDecay; l2 is part of g.
 */
import { commonOptions, epsilonOption } from './common.js';
import type { Optimizer } from './optimizer.js';

const options = {
  ...commonOptions(1),
  rho: {
    type: 'number',
    min: 0,
    below: 1,
    default: 0.9,
    description: 'ρ: how slowly the means of squares forget.',
  },
  epsilon: epsilonOption(1e-6, 'added to the mean squares of gradients and of changes'),
} as const;

/** ρ, 1 − ρ, ε, l2, weightDecay. */
export const adadelta: Optimizer<typeof options> = {
  description: 'Adadelta (Zeiler 2012): steps as large as those before were, so that the rate may stay 1.',
  options,
  slotsTaken: 2,
  slots: () => ['v', 'u'],

  scalars({ rho, epsilon, l2, weightDecay }, _step, decays, into) {
    into[0] = rho;
    into[1] = 1 - rho;
    into[2] = epsilon;
    into[3] = decays ? l2 : 0;
    into[4] = decays ? weightDecay : 0;
  },

  step(theta, g, [v, u], n, factor, rate, [rho, rest, epsilon, l2, weightDecay]) {
    let finite = true;
    for (let i = 0; i < n; i++) {
      const gradient = factor * g[i] + l2 * theta[i];
      v[i] = rho * v[i] + rest * gradient * gradient;
      const change = (Math.sqrt(u[i] + epsilon) / Math.sqrt(v[i] + epsilon)) * gradient;
      u[i] = rho * u[i] + rest * change * change;
      theta[i] -= rate * (change + weightDecay * theta[i]);
      finite = finite && Number.isFinite(theta[i]) && Number.isFinite(v[i]) && Number.isFinite(u[i]);
    }
    return finite;
  },
};
