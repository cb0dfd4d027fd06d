/**
 * The oracle: every operation in plain float64 TypeScript, to be read and trusted, not to be fast. Products sum in
 * index order from +0, the bias last.
 */

import { packHalves, unpackHalves } from '../averaging/halves.js';
import type { Offset } from '../model/operations.js';
import { optimizerNames, optimizers } from '../optimizers/index.js';
import { MOST_SCALARS, type Optimizer } from '../optimizers/optimizer.js';
import { byName } from './by-name.js';
import type { Engine, EngineType, OptimizerOps } from './engine.js';
import { formulaOps } from './formulas.js';
import { referenceGather } from './gather.js';

export const reference = {
  description: 'Plain float64 TypeScript, slow: the oracle of the tests.',
  precision: 'float64',
  rate: 0.5e9,
  sizes: () => ({ precision: 'float64', bytes: 8, scratchBytes: 0 }),
  create: (_choice, { memory }) => createReference(memory),
} as const satisfies EngineType;

/**
 * The reference engine over a memory (a `WebAssembly.Memory` or any object with a buffer). Float64 only;
 * offsets of float64 matrices are multiples of 8, those of `order` multiples of 4.
 */
export function createReference(memory: { readonly buffer: ArrayBufferLike }): Engine {
  const values = (at: Offset, n: number) => new Float64Array(memory.buffer, at, n);

  const optimizerOps = (optimizer: Optimizer): OptimizerOps => {
    const step: OptimizerOps['step'] = (theta, g, slots, n, factor, rate, scalars) => {
      const used = slots.filter((at) => at !== 0).map((at) => values(at, n));
      return optimizer.step(values(theta, n), values(g, n), used, n, factor, rate, scalars);
    };
    if (optimizer.rank1 === undefined) return { step };
    const none = new Float64Array(MOST_SCALARS);
    const rank1: OptimizerOps['rank1'] = (x, delta, w, b, inputs, units, rate) => {
      const X = values(x, inputs);
      const D = values(delta, units);
      let finite = true;
      for (let i = 0; i <= inputs; i++) {
        const row = values(i < inputs ? w + 8 * i * units : b, units);
        const gradient = D.map((d) => (i < inputs ? X[i] : 1) * d);
        finite = optimizer.step(row, gradient, [], units, 1, rate, none) && finite;
      }
      return finite;
    };
    return { step, rank1 };
  };

  return {
    name: 'reference',
    ...reference.sizes(),
    ...formulaOps(memory),
    ...referenceGather(memory),

    scale(x, n, factor) {
      const X = values(x, n);
      for (let i = 0; i < n; i++) X[i] *= factor;
    },

    squares: (x, n) => values(x, n).reduce((sum, value) => sum + value * value, 0),

    clamp(x, n, limit) {
      const X = values(x, n);
      const finite = X.every(Number.isFinite);
      for (let i = 0; i < n; i++) X[i] = Math.max(-limit, Math.min(limit, X[i]));
      return finite;
    },

    average(mean, x, n, keep, share) {
      const [means, X] = [values(mean, n), values(x, n)];
      for (let i = 0; i < n; i++) means[i] = keep * means[i] + share * X[i];
    },
    halves_pack: (x, rest, ratio, halves, n) =>
      packHalves(values(x, n), values(rest, n), ratio, new Uint16Array(memory.buffer, halves, n)),
    halves_unpack: (halves, x, n) => unpackHalves(new Uint16Array(memory.buffer, halves, n), values(x, n)),

    optimizers: byName(optimizerNames, (name) => optimizerOps(optimizers[name])),
  };
}
