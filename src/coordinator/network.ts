/** The network that a configuration describes, for the data that it is to learn. */

import { tooFewUnits } from '../config/checks.js';
import type { Config } from '../config/schema.js';
import type { DataSource } from '../data/source.js';
import { UserError } from '../errors.js';
import { type Network, network } from '../model/network.js';

/** @param data its `outputs` are what a last dense layer with `units: auto` gets */
export function networkOf(
  { layers, init }: Config['model'],
  { features, outputs }: Pick<DataSource, 'features' | 'outputs'>,
): Network {
  const resolved = layers.map((layer, index) => {
    if (!('units' in layer) || layer.units !== 'auto') return layer;
    const few = tooFewUnits(layer.activation.name, outputs);
    if (few) throw new UserError(`model.layers.${index}.activation: ${few}`);
    return { ...layer, units: outputs };
  });
  return network(features, resolved, init);
}
