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
  for (const { type, name, inputs, options, tensors, buffers: kept } of net.layers) {
    const shape = types[type].shape(inputs, options as never, init);
    const random = keyed(seed, 'init', name);
    const draw = (specs: readonly TensorSpec[], places: readonly Tensor[], into: Real | undefined) => {
      for (const [k, { initial }] of specs.entries()) {
        const { offset, length } = places[k];
        if (into) for (let i = offset; i < offset + length; i++) into[i] = initial(random);
      }
    };
    draw(shape.tensors, tensors, parameters);
    draw(shape.buffers ?? [], kept, buffers);
  }
}
