/**
 * The kernels of activations and losses, found by their members' names. A kernel takes a member's scalars as its last
 * arguments, an engine's caller hands them over as an array: without any the kernel itself is what is called.
 */

import { type ActivationName, activationNames, activations } from '../model/activations/index.js';
import { type LossName, losses, lossNames } from '../model/losses/index.js';
import type { ActivationOps, LossOps } from '../model/operations.js';
import { mostScalars, type Options } from '../options.js';
import { byName } from './by-name.js';
import type { Kernels } from './kernels.js';
import { kernelPrefix } from './kernels.js';

/** Numeric options that a member may have: so many are handed on, without an array for each call. */
const MOST = 4;
/** Of losses, with a list of numbers among them. */
const MOST_OF_LOSSES = 10;

function hasScalars(name: string, options: Options | undefined, most = MOST): boolean {
  const count = mostScalars(options);
  if (count > most) throw new Error(`"${name}" has ${count} numeric options, of which kernels take ${most}`);
  return count > 0;
}

/** Calls drop the arguments that a kernel does not have: some of these four. */
function activationOps(op: Kernels, name: ActivationName): ActivationOps {
  const forward = op(`${kernelPrefix(name)}_forward`);
  const backward = op(`${kernelPrefix(name)}_backward`);
  if (!hasScalars(name, activations[name].options)) return { forward, backward };
  return {
    forward: (u, h, rows, cols, s) => forward(u, h, rows, cols, s[0], s[1], s[2], s[3]),
    backward: (saved, delta, rows, cols, s) => backward(saved, delta, rows, cols, s[0], s[1], s[2], s[3]),
  };
}

function lossOps(op: Kernels, name: LossName): LossOps {
  const forward = op(`${kernelPrefix(name)}_forward`);
  const backward = op(`${kernelPrefix(name)}_backward`);
  const { options } = losses[name];
  if (!hasScalars(name, options, MOST_OF_LOSSES)) return { forward, backward };
  // A kernel takes what is not there for NaN.
  if (mostScalars(options) > MOST) {
    return {
      forward: (h, y, w, rows, cols, [a, b, c, d, e, f, g, i, j, k]) =>
        forward(h, y, w, rows, cols, a, b, c, d, e, f, g, i, j, k),
      backward: (h, y, w, delta, rows, cols, [a, b, c, d, e, f, g, i, j, k]) =>
        backward(h, y, w, delta, rows, cols, a, b, c, d, e, f, g, i, j, k),
    };
  }
  return {
    forward: (h, y, w, rows, cols, s) => forward(h, y, w, rows, cols, s[0], s[1], s[2], s[3]),
    backward: (h, y, w, delta, rows, cols, s) => backward(h, y, w, delta, rows, cols, s[0], s[1], s[2], s[3]),
  };
}

export function activationKernels(op: Kernels): Record<ActivationName, ActivationOps> {
  return byName(activationNames, (name) => activationOps(op, name));
}

export function lossKernels(op: Kernels): Record<LossName, LossOps> {
  return byName(lossNames, (name) => lossOps(op, name));
}
