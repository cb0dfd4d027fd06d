/**
 * Stochastic gradient descent, with momentum as PyTorch defines it (torch.optim.SGD): v ← μv + g, θ ← θ − ηv; Nesterov:
 * θ ← θ − η(g + μv), v already new. Before the first step v is 0, which makes it g.
 */
import { commonOptions } from './common.js';
import type { Optimizer } from './optimizer.js';

const options = {
  ...commonOptions(0.01),
  momentum: {
    type: 'number',
    min: 0,
    below: 1,
    default: 0,
    description: 'μ: the share of the last step that the next one keeps.',
  },
  nesterov: {
    type: 'boolean',
    default: false,
    description: 'Steps by g + μv (Nesterov momentum), which needs momentum above 0.',
  },
} as const;

/** momentum, nesterov, l2, weightDecay. */
export const sgd: Optimizer<typeof options> = {
  description: 'Stochastic gradient descent: θ ← θ − η∇θ, or with momentum.',
  options,
  slotsTaken: 1,
  slots: ({ momentum }) => (momentum > 0 ? ['momentum'] : []),

  scalars({ momentum, nesterov, l2, weightDecay }, _step, decays, into) {
    into[0] = momentum;
    into[1] = nesterov ? 1 : 0;
    into[2] = decays ? l2 : 0;
    into[3] = decays ? weightDecay : 0;
  },

  problem({ momentum, nesterov }) {
    if (!nesterov || momentum > 0) return undefined;
    return { key: 'momentum', message: 'expected a number in (0, 1) with nesterov: true, got 0' };
  },

  rank1: ({ momentum, l2, weightDecay }) => momentum === 0 && l2 === 0 && weightDecay === 0,

  step(theta, g, [v], n, factor, rate, [momentum, nesterov, l2, weightDecay]) {
    const decays = l2 !== 0 || weightDecay !== 0;
    let finite = true;
    for (let i = 0; i < n; i++) {
      let gradient = factor * g[i];
      if (decays) gradient += l2 * theta[i];
      let change = gradient;
      if (momentum !== 0) {
        v[i] = momentum * v[i] + gradient;
        change = nesterov !== 0 ? gradient + momentum * v[i] : v[i];
      }
      // θ − η(change + λθ) is θ(1 − ηλ) − η·change, with less rounding.
      if (decays) change += weightDecay * theta[i];
      theta[i] -= rate * change;
      finite = finite && Number.isFinite(theta[i]);
    }
    return finite;
  },
};
