/**
 * Which matrices a network's passes need: layers that can work in place share one, and no Δ is made that no gradient
 * follows from. Follows from the network and the loss alone.
 */
import { layers as types } from '../model/layers/index.js';
import type { Network } from '../model/network.js';

export interface Matrices {
  /** Columns of each matrix of values. */
  readonly values: readonly number[];
  /** For each layer, the matrix of its outputs. */
  readonly outputs: readonly number[];
  /** Columns of each matrix of Δ. */
  readonly deltas: readonly number[];
  /** For each layer, the matrix of Δ by its outputs. */
  readonly outputDelta: readonly number[];
  /** For each layer, the matrix of Δ by its inputs; −1 where nobody needs it. */
  readonly inputDelta: readonly number[];
}

/**
 * @param evaluate for a forward pass alone: values take turns in two matrices
 */
export function matricesOf(net: Network, evaluate = false): Matrices {
  const values: number[] = [];
  const outputs: number[] = [];
  for (const [l, layer] of net.layers.entries()) {
    const type = types[layer.type];
    const before = net.layers[l - 1];
    const keepsInput = !evaluate && type.reads(layer.options as never).input;
    const isKept =
      !evaluate && before !== undefined && types[before.type].reads(before.options as never).output;
    if (l > 0 && type.inPlace && !keepsInput && !isKept) outputs.push(outputs[l - 1]);
    else if (evaluate && values.length === 2) outputs.push(1 - outputs[l - 1]);
    else outputs.push(values.push(0) - 1);
    const at = outputs[l];
    values[at] = Math.max(values[at], layer.outputs);
  }
  const deltas: number[] = [];
  const outputDelta: number[] = [];
  const inputDelta: number[] = [];
  const last = net.layers.length - 1;
  const firstTrained = net.layers.findIndex(({ tensors }) => tensors.length > 0);
  for (let l = last; l >= 0; l--) {
    const layer = net.layers[l];
    outputDelta[l] = l === last ? deltas.push(layer.outputs) - 1 : inputDelta[l + 1];
    if (types[layer.type].deltaInPlace) inputDelta[l] = outputDelta[l];
    else inputDelta[l] = firstTrained >= 0 && l > firstTrained ? deltas.push(layer.inputs) - 1 : -1;
  }
  return { values, outputs, deltas, outputDelta, inputDelta };
}
