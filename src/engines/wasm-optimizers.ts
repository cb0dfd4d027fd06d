/** The optimizers' kernels as an engine's operations. */

import type { Offset } from '../model/operations.js';
import { type OptimizerName, optimizerNames, optimizers } from '../optimizers/index.js';
import { byName } from './by-name.js';
import type { OptimizerOps } from './engine.js';
import type { Kernels } from './kernels.js';
import { kernelPrefix } from './kernels.js';

/** A kernel that returns 0 where all is finite; it has a parameter for each state vector and each scalar. */
type StepKernel = (...numbers: number[]) => number;

/**
 * A kernel's call, by how many state vectors it takes. A step is called for each tile of each minibatch, where spreading
 * its arrays would cost more than the call. So all scalars that there may be are passed: those that a kernel has no
 * parameter for are dropped on the way.
 */
function stepOf(kernel: StepKernel, slots: number): OptimizerOps['step'] {
  if (slots === 0) {
    return (theta, g, _at, n, factor, rate, s) =>
      kernel(theta, g, n, factor, rate, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9]) === 0;
  }
  if (slots === 1) {
    return (theta, g, at, n, factor, rate, s) =>
      kernel(theta, g, at[0], n, factor, rate, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9]) ===
      0;
  }
  if (slots === 2) {
    return (theta, g, at, n, factor, rate, s) =>
      kernel(
        theta,
        g,
        at[0],
        at[1],
        n,
        factor,
        rate,
        s[0],
        s[1],
        s[2],
        s[3],
        s[4],
        s[5],
        s[6],
        s[7],
        s[8],
        s[9],
      ) === 0;
  }
  if (slots === 3) {
    return (theta, g, at, n, factor, rate, s) =>
      kernel(
        theta,
        g,
        at[0],
        at[1],
        at[2],
        n,
        factor,
        rate,
        s[0],
        s[1],
        s[2],
        s[3],
        s[4],
        s[5],
        s[6],
        s[7],
        s[8],
        s[9],
      ) === 0;
  }
  // More of them than a call costs: a spread is then no matter.
  return (theta, g, at, n, factor, rate, s) =>
    kernel(theta, g, ...at.slice(0, slots), n, factor, rate, ...s) === 0;
}

/** @param op finds a kernel by its name; throws where there is none */
export function optimizerOps(op: Kernels): Record<OptimizerName, OptimizerOps> {
  const opsOf = (name: OptimizerName): OptimizerOps => {
    const { slotsTaken, rank1 } = optimizers[name];
    const step = stepOf(op(`${kernelPrefix(name)}_step`), slotsTaken);
    if (rank1 === undefined) return { step };
    const whole = op(`${kernelPrefix(name)}_rank1_step`);
    return {
      step,
      rank1: (x: Offset, delta: Offset, w: Offset, b: Offset, inputs, units, rate) =>
        whole(x, delta, w, b, inputs, units, rate) === 0,
    };
  };
  return byName(optimizerNames, opsOf);
}
