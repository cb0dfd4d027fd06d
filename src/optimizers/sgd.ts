/** Stochastic gradient descent: θ ← θ − ε∇θ. */
import type { Optimizer } from './optimizer.js';

export const sgd: Optimizer = {
  slots: 0,
  step(engine, theta, g, _state, n, rate) {
    return engine.sgd_step(theta, g, n, rate);
  },
  scaledStep(engine, theta, g, _state, n, factor, rate) {
    return engine.sgd_scaled_step(theta, g, n, factor, rate);
  },
  rank1Step(engine, x, delta, w, b, inputs, units, rate) {
    return engine.sgd_rank1_step(x, delta, w, b, inputs, units, rate);
  },
};
