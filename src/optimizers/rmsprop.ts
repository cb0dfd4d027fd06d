/**
 * RMSprop (Hinton 2012) as PyTorch defines it (torch.optim.RMSprop): v ← αv + (1 − α)g², change g/(√v + ε); centered:
 * w ← αw + (1 − α)g, and v − w² in place of v; with momentum: b ← μb + change, which is then the change. θ ← θ − η(change +
 * λθ), λ the weightDecay; l2 is part of g.
 */
import { commonOptions, epsilonOption } from './common.js';
import type { Optimizer } from './optimizer.js';

const options = {
  ...commonOptions(0.01),
  alpha: {
    type: 'number',
    min: 0,
    below: 1,
    default: 0.99,
    description: 'α: how slowly the mean of the squared gradients forgets.',
  },
  epsilon: epsilonOption(1e-8, 'added to the root of the mean square'),
  momentum: {
    type: 'number',
    min: 0,
    below: 1,
    default: 0,
    description: 'μ: the share of the last step that the next one keeps.',
  },
  centered: {
    type: 'boolean',
    default: false,
    description: 'Divides by the deviation of the gradients from their mean, in place of their mean square.',
  },
} as const;

/** α, 1 − α, ε, momentum, centered, l2, weightDecay. */
export const rmsprop: Optimizer<typeof options> = {
  description: 'RMSprop (Hinton 2012): gradients over the root of the mean of their squares.',
  options,
  slotsTaken: 3,
  // One that is left out leaves its place to the next.
  slots: ({ momentum, centered }) => [
    'v',
    ...(centered ? ['mean'] : []),
    ...(momentum > 0 ? ['momentum'] : []),
  ],

  scalars({ alpha, epsilon, momentum, centered, l2, weightDecay }, _step, decays, into) {
    into[0] = alpha;
    into[1] = 1 - alpha;
    into[2] = epsilon;
    into[3] = momentum;
    into[4] = centered ? 1 : 0;
    into[5] = decays ? l2 : 0;
    into[6] = decays ? weightDecay : 0;
  },

  step(theta, g, [v, second, third], n, factor, rate, scalars) {
    const [alpha, rest, epsilon, momentum, centered, l2, weightDecay] = scalars;
    const velocity = centered !== 0 ? third : second;
    let finite = true;
    for (let i = 0; i < n; i++) {
      const gradient = factor * g[i] + l2 * theta[i];
      v[i] = alpha * v[i] + rest * gradient * gradient;
      let square = v[i];
      if (centered !== 0) {
        second[i] = alpha * second[i] + rest * gradient;
        // What is never below 0 may be so by rounding.
        square = Math.max(0, v[i] - second[i] * second[i]);
      }
      let change = gradient / (Math.sqrt(square) + epsilon);
      if (momentum !== 0) {
        velocity[i] = momentum * velocity[i] + change;
        change = velocity[i];
      }
      theta[i] -= rate * (change + weightDecay * theta[i]);
      finite = finite && Number.isFinite(theta[i]) && Number.isFinite(v[i]);
    }
    return finite;
  },
};
