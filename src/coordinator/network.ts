/** The network that a configuration describes, for the data that it is to learn. */

import { averagings } from '../averaging/index.js';
import { type Wrong, wrongRows, wrongWidths } from '../config/checks.js';
import type { Config } from '../config/schema.js';
import { type DataContext, type DataSource, inputsOfSource } from '../data/source.js';
import { UserError } from '../errors.js';
import { isTrained } from '../model/layers/trained.js';
import { losses } from '../model/losses/index.js';
import { type LayerSpec, type Network, network } from '../model/network.js';
import { fewestRows } from '../plan/shards.js';
import { embeddedOf } from '../preprocess/embedded.js';

/**
 * The configuration's layers, before them one that the data ask for: an embedding, where they have columns of codes to
 * learn numbers for. `network` makes the same layers of them anywhere.
 */
export function layersOf(
  { layers }: Config['model'],
  { preprocessing }: Pick<DataSource, 'preprocessing'>,
): readonly LayerSpec[] {
  const columns = embeddedOf(preprocessing?.columns);
  return columns === undefined ? layers : [{ name: 'embedding', columns }, ...layers];
}

/** @param source its `outputs` are what a last dense layer with `units: auto` gets */
export function networkOf(
  model: Config['model'],
  source: Pick<DataSource, 'features' | 'slots' | 'outputs' | 'preprocessing'>,
): Network {
  const inputs = inputsOfSource(source);
  const { outputs } = source;
  const net = network(inputs, layersOf(model, source), model.init, outputs);
  const [first] = net.layers;
  refuse(wrongWidths(model.layers, { features: first.place === '' ? first.outputs : inputs, outputs }));
  if (net.parameters > 0 && !net.layers.some(isTrained)) {
    throw new UserError('model.layers: all that have parameters are frozen; expected one that is not');
  }
  if (net.parameters === 0) {
    throw new UserError(
      'model.layers: nothing in them is learned; expected a dense layer, such as {units: 10}',
    );
  }
  return net;
}

/**
 * What of a run its data may depend on.
 * @param cache folder for tables that were read @param hosts those that train together
 */
export function contextOf({ seed, loss, train }: Config, cache?: string, hosts = 1): DataContext {
  // On one host too, whose bits are those of any number.
  const rows = train.batchSize * (train.accumulate ?? 1);
  const minibatches = averagings[train.averaging].powerOfTwo && { rows, hosts };
  const { targets } = losses[loss.name];
  const each = eachOf(loss);
  return { seed, targets, cache, ...(each && { each }), ...(minibatches && { minibatches }) };
}

/** Names of the outputs that a loss has for each target; undefined: one. */
export const eachOf = (loss: Config['loss']): readonly string[] | undefined =>
  losses[loss.name].each?.(loss as never);

/** @throws UserError where a minibatch of the training rows would be too small for a layer */
export function refuseSmallMinibatches({ model, train }: Config, { parts }: Pick<DataSource, 'parts'>): void {
  const fewest = (rows: number, batchSize: number) => fewestRows(rows, { ...train, batchSize });
  refuse(wrongRows(model.layers, train.batchSize, parts.train, fewest, train.accumulate));
}

function refuse(wrong: Iterable<Wrong>): void {
  for (const { path, message } of wrong) throw new UserError(`${path.join('.')}: ${message}`);
}
