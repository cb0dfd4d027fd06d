/** What Adam and AdamW share, which is everything but a default: Kingma and Ba 2015, as PyTorch defines it. */
import { commonOptions, epsilonOption } from './common.js';
import type { Optimizer } from './optimizer.js';
import { power } from './power.js';

/** Those of every optimizer that keeps both moments. @param weightDecay its default */
export function momentOptions(rate: number, weightDecay = 0) {
  return {
    ...commonOptions(rate, weightDecay),
    beta1: {
      type: 'number',
      min: 0,
      below: 1,
      default: 0.9,
      description: 'β₁: how slowly the mean of the gradients forgets.',
    },
    beta2: {
      type: 'number',
      min: 0,
      below: 1,
      default: 0.999,
      description: 'β₂: how slowly the mean of their squares forgets.',
    },
    epsilon: epsilonOption(1e-8, 'added to the root of the mean square'),
  } as const;
}

/**
 * m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − η(m̂/(√v̂ + ε) + λθ) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ) in
 * step t, and λ the weightDecay; l2 is part of g. Scalars: β₁, 1 − β₁, β₂, 1 − β₂, 1/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ), ε, l2,
 * weightDecay.
 */
export function momentsOf(
  description: string,
  weightDecay: number,
): Optimizer<ReturnType<typeof momentOptions>> {
  return {
    description,
    options: momentOptions(0.001, weightDecay),
    slotsTaken: 2,
    slots: () => ['m', 'v'],

    scalars({ beta1, beta2, epsilon, l2, weightDecay }, step, decays, into) {
      into[0] = beta1;
      into[1] = 1 - beta1;
      into[2] = beta2;
      into[3] = 1 - beta2;
      into[4] = 1 / (1 - power(beta1, step));
      into[5] = 1 / Math.sqrt(1 - power(beta2, step));
      into[6] = epsilon;
      into[7] = decays ? l2 : 0;
      into[8] = decays ? weightDecay : 0;
    },

    step(theta, g, [m, v], n, factor, rate, scalars) {
      const [beta1, rest1, beta2, rest2, correction1, correction2, epsilon, l2, weightDecay] = scalars;
      const decays = l2 !== 0 || weightDecay !== 0;
      let finite = true;
      for (let i = 0; i < n; i++) {
        let gradient = factor * g[i];
        if (decays) gradient += l2 * theta[i];
        m[i] = beta1 * m[i] + rest1 * gradient;
        v[i] = beta2 * v[i] + rest2 * gradient * gradient;
        let change = (m[i] * correction1) / (Math.sqrt(v[i]) * correction2 + epsilon);
        if (decays) change += weightDecay * theta[i];
        theta[i] -= rate * change;
        // An infinite v would stop its parameter for good, and say nothing.
        finite = finite && Number.isFinite(theta[i]) && Number.isFinite(v[i]);
      }
      return finite;
    },
  };
}
