/** The network that a configuration describes, for the data that it is to learn. */
import type { Config } from '../config/schema.js';
import type { DataSource } from '../data/source.js';
import { type Network, network } from '../model/network.js';

/** @param data its `outputs` are what a last layer with `units: auto` gets */
export function networkOf(
  { layers, init }: Config['model'],
  { features, outputs }: Pick<DataSource, 'features' | 'outputs'>,
): Network {
  const specs = layers.map(({ units, activation, init: own }) => ({
    units: units === 'auto' ? outputs : units,
    activation: activation.name,
    init: own,
  }));
  return network(features, specs, init);
}
