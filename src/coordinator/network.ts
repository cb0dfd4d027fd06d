/** The network that a configuration describes, for the data that it is to learn. */

import { type Wrong, wrongRows, wrongWidths } from '../config/checks.js';
import type { Config } from '../config/schema.js';
import { type DataContext, type DataSource, inputsOfSource } from '../data/source.js';
import { UserError } from '../errors.js';
import { losses } from '../model/losses/index.js';
import { type Network, network } from '../model/network.js';

/** @param data its `outputs` are what a last dense layer with `units: auto` gets */
export function networkOf(
  { layers, init }: Config['model'],
  source: Pick<DataSource, 'features' | 'slots' | 'outputs'>,
): Network {
  const features = inputsOfSource(source);
  const { outputs } = source;
  refuse(wrongWidths(layers, { features, outputs }));
  const net = network(features, layers, init, outputs);
  if (net.parameters === 0) {
    throw new UserError(
      'model.layers: nothing in them is learned; expected a dense layer, such as {units: 10}',
    );
  }
  return net;
}

/** What of a run its data may depend on. @param cache folder for tables that were read */
export function contextOf({ seed, loss }: Config, cache?: string): DataContext {
  return { seed, targets: losses[loss.name].targets, cache };
}

/** @throws UserError where a minibatch of the training rows would be too small for a layer */
export function refuseSmallMinibatches({ model, train }: Config, { parts }: Pick<DataSource, 'parts'>): void {
  refuse(wrongRows(model.layers, train.batchSize, parts.train));
}

function refuse(wrong: Iterable<Wrong>): void {
  for (const { path, message } of wrong) throw new UserError(`${path.join('.')}: ${message}`);
}
