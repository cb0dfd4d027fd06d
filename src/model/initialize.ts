/** The weights that a network begins with. */
import { keyed } from '../random.js';
import type { InitSpec } from './init/index.js';
import { layers as types } from './layers/index.js';
import type { Tensor, TensorSpec } from './layers/layer.js';
import type { Network } from './network.js';
import type { Real } from './precision.js';

/** Draws the initial values of parameters and buffers, keyed by (seed, layer). @param init as `network` had it */
export function initialize(
  net: Network,
  seed: number,
  init: InitSpec,
  parameters: Real,
  buffers?: Real,
): void {
  for (const { type, name, index, inputs, options, tensors, buffers: kept, partner = index } of net.layers) {
    const around = partner < index ? net.layers[partner].outputs : undefined;
    const shape = types[type].shape(inputs, options as never, init, around);
    // There would be no network.
    if (typeof shape === 'string') throw new Error(shape);
    const random = keyed(seed, 'init', name);
    const fill = (specs: readonly TensorSpec[], places: readonly Tensor[], into: Real | undefined) => {
      for (const [k, { initial }] of specs.entries()) {
        const { offset, length } = places[k];
        if (into) initial(into.subarray(offset, offset + length), random);
      }
    };
    fill(shape.tensors, tensors, parameters);
    fill(shape.buffers ?? [], kept, buffers);
  }
}
