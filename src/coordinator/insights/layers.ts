/** The layers' parameters, their gradients, and units that say nothing. */
import type { InsightsEvent, LayerInsight } from '../../insights.js';
import type { Layer } from '../../model/layers/layer.js';
import { hasMatrix } from '../../model/network.js';
import type { Real } from '../../model/precision.js';
import type { Look } from '../../plan/look.js';
import { view } from '../../shared/arena.js';
import type { Workspace } from '../workspace.js';
import { histogram, spaced } from './numbers.js';
import { rowOf } from './seen.js';
import { pictureShape } from './show.js';

/** Rows whose gradients are averaged, as far as whole minibatches go; at least one minibatch. */
const GRADIENT_ROWS = 128;
const MOST_MINIBATCHES = 16;

/**
 * The gradients of the mean loss that is learned from, over some of the rows that were looked at, in minibatches as
 * training has them.
 * @returns one for each parameter; undefined: there were no rows
 */
export async function gradientsOf(workspace: Workspace, look: Look): Promise<Float64Array | undefined> {
  const { setup, supervisor } = workspace;
  const { memory, layout, net } = setup;
  if (look.rows === 0) return undefined;
  // As many as the first minibatch of an epoch has.
  const size = Math.min(setup.batchSize, setup.trainRows);
  const minibatches = Math.min(MOST_MINIBATCHES, Math.ceil(Math.min(GRADIENT_ROWS, look.rows) / size));
  const wanted = spaced(look.rows, size * minibatches).map((row) => rowOf(workspace, look, row));
  // Rows that were streamed know what their class weighs; those that lie here all the time were never asked.
  if (workspace.source.stream) for (const row of wanted) workspace.fillWeights?.(row, 1);
  const order = view(memory, layout.order).subarray(0, size);
  const gradients = view(memory, { ...layout.gradients, length: net.parameters });
  const sums = new Float64Array(net.parameters);
  for (let k = 0; k < minibatches; k++) {
    for (let r = 0; r < size; r++) order[r] = wanted[(k * size + r) % wanted.length];
    await supervisor.run({ kind: 'gradients', watched: true }, Math.min(workspace.threads, setup.shards));
    for (let p = 0; p < sums.length; p++) sums[p] += gradients[p];
  }
  return sums.map((sum) => sum / minibatches);
}

/** Of each layer that has parameters; of these the first tensor, without biases. */
export function layersOf(
  { setup, parameters }: Pick<Workspace, 'setup' | 'parameters'>,
  look: Look,
  gradients: Float64Array | undefined,
): LayerInsight[] {
  const { layers } = setup.net;
  const dead = deadUnits(setup.net.layers, look);
  return layers
    .filter(({ tensors }) => tensors.length > 0)
    .map((layer) => {
      const { name, outputs, tensors } = layer;
      const [{ offset, length }] = tensors;
      const found = hasMatrix(layer) ? dead.get(name) : undefined;
      return {
        layer: name,
        units: outputs,
        weights: histogram(parameters.subarray(offset, offset + length)),
        ...(gradients && { gradients: histogram(gradients.subarray(offset, offset + length)) }),
        ...(found && { deadUnits: found.count, activation: found.activation }),
      };
    });
}

/** By the name of the layer whose units they are: how many, and the activation that leaves them at 0. */
function deadUnits(layers: readonly Layer[], look: Look): Map<string, { count: number; activation: string }> {
  const counts = new Map<string, { count: number; activation: string }>();
  if (look.rows === 0) return counts;
  let at = 0;
  for (const l of look.watched) {
    const { name, outputs, options } = layers[l];
    const alive = look.alive.subarray(at, at + outputs).reduce((sum, one) => sum + one, 0);
    const { name: activation } = options.activation as { readonly name: string };
    counts.set(name, { count: outputs - alive, activation });
    at += outputs;
  }
  return counts;
}

const MOST_UNITS = 64;
/** Weights in all. */
const MOST_WEIGHTS = 20_000;

/** The weights of the first layer's units by pixel, where inputs are pictures; to two digits of the largest. */
export function filtersOf(workspace: Workspace): InsightsEvent['filters'] {
  const shape = pictureShape(workspace);
  const { net } = workspace.setup;
  const first = net.layers.find(hasMatrix);
  if (shape === undefined || first === undefined || first.inputs !== net.inputs) return undefined;
  const [{ offset, length }] = first.tensors;
  const weights = workspace.parameters.subarray(offset, offset + length);
  const count = Math.max(1, Math.min(MOST_UNITS, first.outputs, Math.floor(MOST_WEIGHTS / first.inputs)));
  if (first.inputs > MOST_WEIGHTS) return undefined;
  const [height, width, channels] = shape;
  return { height, width, channels, units: columnsOf(weights, first.outputs, count) };
}

/** The first `count` columns of a row-major matrix. */
function columnsOf(matrix: Real, cols: number, count: number): number[][] {
  let largest = 0;
  for (let k = 0; k < matrix.length; k++) {
    if (k % cols < count && Number.isFinite(matrix[k])) largest = Math.max(largest, Math.abs(matrix[k]));
  }
  // Decimals, so that what is drawn in 200 colours is not told to 17 digits.
  const decimals = Math.min(100, Math.max(0, 1 - Math.floor(Math.log10(largest || 1))));
  return Array.from({ length: count }, (_, unit) =>
    Array.from({ length: matrix.length / cols }, (_, k) => {
      const weight = matrix[k * cols + unit];
      return Number.isFinite(weight) ? Number(weight.toFixed(decimals)) + 0 : 0;
    }),
  );
}
