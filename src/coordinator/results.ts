/** What a run has come to: hash, named tensors, where the time went, the outputs of a tiny data set. */

import type { Tensor } from '../model/layers/layer.js';
import type { Network } from '../model/network.js';
import type { Precision, Real } from '../model/precision.js';
import { matricesOf } from '../plan/matrices.js';
import type { Setup } from '../plan/task.js';
import { unscaleRows } from '../preprocess/units.js';
import type { TimeShares, TrainResult } from '../protocol.js';
import { bytesHash } from '../runs/weights.js';
import { type Region, view } from '../shared/arena.js';
import { Timing } from '../shared/control.js';
import type { Workspace } from './workspace.js';

/**
 * SHA-256 over the parameters' little-endian bytes in their precision, W₁ (row-major) b₁ W₂ b₂ …, and over those of the
 * buffers where layers have any.
 */
export function modelHash({ parameters, buffers }: { parameters: Real; buffers: Real }): string {
  return bytesHash(parameters, buffers);
}

/** The most memory that the process has had in use at a time. */
export function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/** A vector's tensors by their names, without a copy: `layer1.weight` (inputs×units, row-major), `layer1.bias`, … */
export function tensorsByName(tensors: readonly Tensor[], vector: Real, prefix = ''): TrainResult['tensors'] {
  return Object.fromEntries(
    tensors.map(({ name, shape, offset, length }) => [
      prefix + name,
      { shape: [...shape], data: vector.subarray(offset, offset + length) },
    ]),
  );
}

/** What belongs to the model and is not trained, by tensor name. */
export function buffersByName(net: Network, buffers: Real): TrainResult['tensors'] {
  return tensorsByName(
    net.layers.flatMap((layer) => layer.buffers),
    buffers,
  );
}

/** The parameters by tensor name. */
export function parametersByName(net: Network, parameters: Real, prefix = ''): TrainResult['tensors'] {
  return tensorsByName(
    net.layers.flatMap(({ tensors }) => tensors),
    parameters,
    prefix,
  );
}

/** All of a model by its names, in copies. */
export function tensorsOf({
  setup: { net },
  parameters,
  buffers,
}: {
  readonly setup: Pick<Setup, 'net'>;
  readonly parameters: Real;
  readonly buffers: Real;
}): TrainResult['tensors'] {
  return { ...parametersByName(net, parameters.slice()), ...buffersByName(net, buffers.slice()) };
}

/** Shares of threads × seconds; what no worker accounts for is `other`. */
export function timeShares(setup: Setup, threads: number, seconds: number): TimeShares {
  const sums = [0, 0, 0, 0];
  for (const worker of setup.layout.workers) {
    const timing = view(setup.memory, worker.timing);
    for (let k = 0; k < sums.length; k++) sums[k] += timing[k];
  }
  const known = sums.reduce((sum, ms) => sum + ms);
  const all = Math.max(threads * seconds * 1000, known);
  const share = (k: number) => (all > 0 ? sums[k] / all : 0);
  const shares = {
    compute: share(Timing.compute),
    wait: share(Timing.wait),
    update: share(Timing.update),
    other: all > 0 ? Math.max(0, 1 - known / all) : 0,
  };
  const { exchange } = setup.layout;
  if (exchange === undefined) return shares;
  const [spent] = view(setup.memory, exchange.spent);
  const waited = sums[Timing.hosts] / threads;
  return { ...shares, hosts: share(Timing.hosts), hidden: spent > 0 ? Math.max(0, 1 - waited / spent) : 0 };
}

const SMALL = 8;

/**
 * Inputs, targets and outputs of the training rows, in the data's order, where all of it fits on a screen; the latter two
 * in the targets' own units.
 */
export async function sampleOutputs(workspace: Workspace) {
  const { setup, source, split } = workspace;
  const { memory, layout, net } = setup;
  const rows = split.train.length;
  if (source.stream || rows > SMALL || net.inputs > SMALL || net.outputs > SMALL) return undefined;
  // So few rows are one piece, and a piece's values stay where worker 0 left them.
  await workspace.supervisor.run({ kind: 'evaluate', rows: 'train' }, 1);
  const { x, y, values } = layout.workers[0].evaluation;
  const { outputs } = matricesOf(net, true);
  const row = (region: Region<Precision>, r: number, cols: number) =>
    Array.from(view(memory, region).subarray(r * cols, (r + 1) * cols));
  const own = (region: Region<Precision>, r: number) => {
    const learned = row(region, r, net.outputs);
    if (setup.targetScales) unscaleRows(learned, setup.targetScales, 1, learned);
    return learned;
  };
  return Array.from({ length: rows }, (_, r) => ({
    input: row(x, r, net.inputs),
    target: own(y, r),
    output: own(values[outputs[outputs.length - 1]], r),
  }));
}
