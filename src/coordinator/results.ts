/** What a run has come to: hash, named tensors, where the time went, the outputs of a tiny data set. */

import { createHash } from 'node:crypto';
import type { Network } from '../model/network.js';
import type { Real } from '../model/precision.js';
import type { Setup } from '../plan/task.js';
import type { TimeShares, TrainResult } from '../protocol.js';
import { type Region, view } from '../shared/arena.js';
import { Timing } from '../shared/control.js';
import type { Workspace } from './workspace.js';

/** SHA-256 over the parameters' little-endian bytes in their precision, W₁ (row-major) b₁ W₂ b₂ … */
export function parametersHash(parameters: Real | Uint8Array): string {
  const bytes = new Uint8Array(parameters.buffer, parameters.byteOffset, parameters.byteLength);
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The parameters by tensor name, without a copy: `layer1.weight` (inputs×units, row-major), `layer1.bias`, … */
export function parametersByName(net: Network, parameters: Real, prefix = ''): TrainResult['tensors'] {
  const tensors: TrainResult['tensors'] = {};
  for (const { name, inputs, units, weights, biases } of net.layers) {
    tensors[`${prefix}${name}.weight`] = {
      shape: [inputs, units],
      data: parameters.subarray(weights, biases),
    };
    tensors[`${prefix}${name}.bias`] = { shape: [units], data: parameters.subarray(biases, biases + units) };
  }
  return tensors;
}

/** Shares of threads × seconds; what no worker accounts for is `other`. */
export function timeShares(setup: Setup, threads: number, seconds: number): TimeShares {
  const sums = [0, 0, 0];
  for (const worker of setup.layout.workers) {
    const timing = view(setup.memory, worker.timing);
    for (let k = 0; k < sums.length; k++) sums[k] += timing[k];
  }
  const all = Math.max(threads * seconds * 1000, sums[0] + sums[1] + sums[2]);
  const share = (k: number) => (all > 0 ? sums[k] / all : 0);
  const compute = share(Timing.compute);
  const wait = share(Timing.wait);
  const update = share(Timing.update);
  return { compute, wait, update, other: all > 0 ? Math.max(0, 1 - compute - wait - update) : 0 };
}

const SMALL = 8;

/** Inputs, targets and outputs of the training rows, in the data's order, where all of it fits on a screen. */
export async function sampleOutputs(workspace: Workspace) {
  const { setup, split } = workspace;
  const { memory, layout, net } = setup;
  const rows = split.train.length;
  if (rows > SMALL || net.inputs > SMALL || net.outputs > SMALL) return undefined;
  // So few rows are one piece, which stays where worker 0 evaluated it.
  await workspace.supervisor.run({ kind: 'evaluate', rows: 'train' }, 1);
  const { x, y, h } = layout.evaluation;
  const values = (region: Region, row: number, cols: number) =>
    Array.from(view(memory, region).subarray(row * cols, (row + 1) * cols));
  return Array.from({ length: rows }, (_, row) => ({
    input: values(x, row, net.inputs),
    target: values(y, row, net.outputs),
    output: values(h[h.length - 1], row, net.outputs),
  }));
}
