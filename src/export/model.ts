/** A model as its file has it: the description, and the tensors at their places in its network. */
import { shortened, UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import { readSafetensors, type Tensors } from '../formats/safetensors.js';
import type { Disk } from '../machine/disk.js';
import { defaultInitializer } from '../model/init/index.js';
import { type Network, network } from '../model/network.js';
import { DESCRIPTION_FORMAT, DESCRIPTION_KEY, type ModelDescription } from '../predict/description.js';

export interface LoadedModel {
  readonly description: ModelDescription;
  readonly net: Network;
  /** By the names that `net` has for them. */
  readonly tensors: Tensors;
}

/**
 * A model from the file of a run's weights.
 * @throws UserError where the file is not what it should be, or does not say what its network is
 */
export async function openModel(disk: Disk, path: string): Promise<LoadedModel> {
  const { metadata, tensors } = await readSafetensors(disk, path);
  const description = parseJson(metadata[DESCRIPTION_KEY] ?? '');
  if (!isMapping(description)) {
    throw new UserError(
      `${path}: does not say what its network is (no description in its metadata); expected the weights of a run of ` +
        'this version, or what gradpool import has made of them',
    );
  }
  const { format } = description;
  if (format !== DESCRIPTION_FORMAT) {
    throw new UserError(
      `${path}: expected a description of the format ${DESCRIPTION_FORMAT}, got ${shortened(String(format))}`,
    );
  }
  return modelOf(description as unknown as ModelDescription, tensors, path);
}

/** @param where what errors begin with @throws UserError for a tensor that is not there, or of another shape */
export function modelOf(description: ModelDescription, tensors: Tensors, where: string): LoadedModel {
  const { inputs, outputs, layers } = description;
  const net = network(inputs, layers, { name: defaultInitializer }, outputs);
  for (const { name, shape } of net.layers.flatMap((layer) => [...layer.tensors, ...layer.buffers])) {
    const got = tensors[name]?.shape;
    if (got?.join() === shape.join()) continue;
    throw new UserError(
      `${where}: expected the tensor ${name} with the shape [${shape.join(', ')}], got ` +
        `${got === undefined ? 'none' : `[${got.join(', ')}]`}`,
    );
  }
  return { description, net, tensors };
}

/** All tensors that a model has, in the order in which it computes with them. */
export function ownTensors({ net, tensors }: LoadedModel): Tensors {
  const names = net.layers.flatMap((layer) => [...layer.tensors, ...layer.buffers]);
  return Object.fromEntries(names.map(({ name }) => [name, tensors[name]]));
}
