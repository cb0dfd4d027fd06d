/** A model as formats of exports take it: the description, and the tensors at their places in its network. */
import type { Tensors } from '../formats/safetensors.js';
import type { Layer } from '../model/layers/layer.js';
import type { Network } from '../model/network.js';
import type { ModelFile } from '../predict/file.js';

export type LoadedModel = Pick<ModelFile, 'description' | 'net' | 'tensors'> &
  Partial<Pick<ModelFile, 'metadata'>>;

/** All tensors that a model has, in the order in which it computes with them. */
export function ownTensors({ net, tensors }: LoadedModel): Tensors {
  const names = net.layers.flatMap((layer) => [...layer.tensors, ...layer.buffers]);
  return Object.fromEntries(names.map(({ name }) => [name, tensors[name]]));
}

/** What a configuration calls a layer: where a way around others begins, that is the one that it ends at. */
export function writtenType({ layers }: Network, { index, partner = index }: Layer): string {
  return layers[Math.max(index, partner)].type;
}
