/** Stochastic gradient descent: θ ← θ − ε∇θ. */
import type { Optimizer } from './optimizer.js';

export const sgd: Optimizer = {
  slots: 0,
  step(engine, theta, g, _state, n, rate) {
    engine.sgd_step(theta, g, n, rate);
  },
  rank1Step(engine, x, nz, delta, w, b, inputs, units, rate) {
    engine.sgd_rank1_step(x, nz, delta, w, b, inputs, units, rate);
  },
};
