/**
 * Which matrices a network's passes need: layers that can work in place share one, and no Δ is made that no gradient
 * follows from. Follows from the network and the loss alone.
 */
import { layers as types } from '../model/layers/index.js';
import type { Layer } from '../model/layers/layer.js';
import { firstTrained, type Network } from '../model/network.js';
import { takingTurns, type Way } from '../model/turns.js';

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
 * @param evaluate for a forward pass alone: values take turns in two matrices, and one more for each way around others
 */
export function matricesOf(net: Network, evaluate = false): Matrices {
  const outputs = evaluate ? takingTurns(net.layers, wayOf) : keptOutputs(net);
  const values: number[] = [];
  for (const [l, at] of outputs.entries()) values[at] = Math.max(values[at] ?? 0, net.layers[l].outputs);
  const deltas: number[] = [];
  const outputDelta: number[] = [];
  const inputDelta: number[] = [];
  const last = net.layers.length - 1;
  const first = firstTrained(net);
  for (let l = last; l >= 0; l--) {
    const layer = net.layers[l];
    outputDelta[l] = l === last ? deltas.push(layer.outputs) - 1 : inputDelta[l + 1];
    if (types[layer.type].deltaInPlace) inputDelta[l] = outputDelta[l];
    else inputDelta[l] = first >= 0 && l > first ? deltas.push(layer.inputs) - 1 : -1;
  }
  return { values, outputs, deltas, outputDelta, inputDelta };
}

/** How a layer works in a forward pass alone. The first one's inputs lie in either of two matrices: it leaves none as they are. */
function wayOf({ type, index }: Layer): Way {
  const { opens, inPlace } = types[type];
  if (opens && index > 0) return 'as they are';
  return inPlace ? 'in place' : 'elsewhere';
}

/** Where a backward pass follows: nothing is overwritten that it reads. */
function keptOutputs({ layers }: Network): number[] {
  const outputs: number[] = [];
  let matrices = 0;
  for (const [l, layer] of layers.entries()) {
    const type = types[layer.type];
    const before = layers[l - 1];
    const keepsInput = type.reads(layer.options as never).input;
    const isKept = before !== undefined && types[before.type].reads(before.options as never).output;
    const stays = type.opens || (type.inPlace && !keepsInput && !isKept);
    outputs.push(l > 0 && stays ? outputs[l - 1] : matrices++);
  }
  return outputs;
}
