/** The weights that a network begins with. */
import { keyed } from '../random.js';
import type { InitSpec } from './init/index.js';
import { layers as types } from './layers/index.js';
import type { Layer, Shape, Tensor, TensorSpec } from './layers/layer.js';
import type { Network } from './network.js';
import type { Real } from './precision.js';

/**
 * Draws the initial values of parameters and buffers, keyed by (seed, layer); those that stand in files are 0.
 * @param init as `network` had it
 */
export function initialize(
  net: Network,
  seed: number,
  init: InitSpec,
  parameters: Real,
  buffers?: Real,
): void {
  for (const layer of net.layers) {
    const { name, tensors, buffers: kept } = layer;
    const shape = shapeOf(net, layer, init);
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

/**
 * Reads those initial values that stand in files.
 * @throws UserError for a file that is not there, or does not fit
 */
export async function readInitial(net: Network, init: InitSpec, parameters: Real): Promise<void> {
  for (const layer of net.layers) {
    for (const [k, { read }] of shapeOf(net, layer, init).tensors.entries()) {
      const tensor = layer.tensors[k];
      if (read) parameters.set(await read(tensor), tensor.offset);
    }
  }
}

/** As the network was laid out with it. */
function shapeOf(
  { layers }: Network,
  { type, index, inputs, options, partner = index }: Layer,
  init: InitSpec,
): Shape {
  const around = partner < index ? layers[partner].outputs : undefined;
  const shape = types[type].shape(inputs, options as never, init, around);
  // There would be no network.
  if (typeof shape === 'string') throw new Error(shape);
  return shape;
}
