/** The network that a configuration describes, for the data that it is to learn. */

import { wrongWidths } from '../config/checks.js';
import type { Config } from '../config/schema.js';
import type { DataSource } from '../data/source.js';
import { UserError } from '../errors.js';
import { type Network, network } from '../model/network.js';

/** @param data its `outputs` are what a last dense layer with `units: auto` gets */
export function networkOf(
  { layers, init }: Config['model'],
  { features, outputs }: Pick<DataSource, 'features' | 'outputs'>,
): Network {
  const [wrong] = wrongWidths(layers, { features, outputs });
  if (wrong) throw new UserError(`${wrong.path.join('.')}: ${wrong.message}`);
  return network(features, layers, init, outputs);
}
