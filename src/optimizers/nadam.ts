/**
 * NAdam (Dozat 2016) as PyTorch defines it (torch.optim.NAdam): m and v as Adam has them, μₜ = β₁(1 − 0.96^(tψ)/2) with ψ the
 * momentumDecay, θ ← θ − η((1 − μₜ)/(1 − Πμᵢ)·g + μₜ₊₁/(1 − Πμᵢ·μₜ₊₁)·m)/(√v̂ + ε) − ηλθ, where v̂ = v/(1 − β₂ᵗ), the products go
 * from 1 to t, and λ is the weightDecay; l2 is part of g.
 */
import { momentOptions } from './moments.js';
import type { Optimizer } from './optimizer.js';
import { power } from './power.js';

const options = {
  ...momentOptions(0.002),
  momentumDecay: {
    type: 'number',
    min: 0,
    max: 1e6,
    default: 0.004,
    description: 'ψ: how fast the momentum grows from a half of β₁ to β₁.',
  },
} as const;

const muOf = (beta1: number, decay: number, step: number) =>
  beta1 * (1 - 0.5 * Math.exp(step * decay * Math.log(0.96)));

/** The product that was asked for last: the next step needs but one more factor. */
const last = { beta1: Number.NaN, decay: Number.NaN, step: 0, product: 1 };

/** μ₁·…·μₜ, multiplied in this order whatever was asked for before: a run that goes on begins at 1 once. */
function productOf(beta1: number, decay: number, step: number): number {
  if (last.beta1 !== beta1 || last.decay !== decay || last.step > step) {
    Object.assign(last, { beta1, decay, step: 0, product: 1 });
  }
  // Once it has vanished, it stays so.
  while (last.step < step && last.product > 0) {
    last.step++;
    last.product *= muOf(beta1, decay, last.step);
  }
  return last.product;
}

/** β₁, 1 − β₁, β₂, 1 − β₂, the factor of g, that of m, 1/√(1 − β₂ᵗ), ε, l2, weightDecay. */
export const nadam: Optimizer<typeof options> = {
  description: 'NAdam (Dozat 2016): Adam with Nesterov momentum.',
  options,
  slotsTaken: 2,
  slots: () => ['m', 'v'],

  scalars({ beta1, beta2, epsilon, momentumDecay, l2, weightDecay }, step, decays, into) {
    const product = productOf(beta1, momentumDecay, step);
    const next = muOf(beta1, momentumDecay, step + 1);
    into[0] = beta1;
    into[1] = 1 - beta1;
    into[2] = beta2;
    into[3] = 1 - beta2;
    into[4] = (1 - muOf(beta1, momentumDecay, step)) / (1 - product);
    into[5] = next / (1 - product * next);
    into[6] = 1 / Math.sqrt(1 - power(beta2, step));
    into[7] = epsilon;
    into[8] = decays ? l2 : 0;
    into[9] = decays ? weightDecay : 0;
  },

  step(theta, g, [m, v], n, factor, rate, scalars) {
    const [beta1, rest1, beta2, rest2, ofGradient, ofMean, correction, epsilon, l2, weightDecay] = scalars;
    let finite = true;
    for (let i = 0; i < n; i++) {
      const gradient = factor * g[i] + l2 * theta[i];
      m[i] = beta1 * m[i] + rest1 * gradient;
      v[i] = beta2 * v[i] + rest2 * gradient * gradient;
      const change = (ofGradient * gradient + ofMean * m[i]) / (Math.sqrt(v[i]) * correction + epsilon);
      theta[i] -= rate * (change + weightDecay * theta[i]);
      finite = finite && Number.isFinite(theta[i]) && Number.isFinite(v[i]);
    }
    return finite;
  },
};
