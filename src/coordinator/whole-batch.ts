/** A training method that sees all rows at each step: what it does not go with, and its minibatch. */
import { placed } from '../config/checks.js';
import type { Config } from '../config/schema.js';
import { defaultSampling } from '../data/sampling/index.js';
import type { DataSource } from '../data/source.js';
import { UserError } from '../errors.js';
import { layers as types } from '../model/layers/index.js';
import { isMethod } from '../optimizers/index.js';
import { embeddedOf } from '../preprocess/embedded.js';

/** The most rows of a minibatch, as `train.batchSize` has it. */
const MOST_ROWS = 1 << 20;

/**
 * The configuration with `train.batchSize` as it is, where the optimizer is such a method; any other as it stands.
 * @param hosts that train together
 * @throws UserError for what would make each step's loss another function
 */
export function withWholeBatch(config: Config, source: DataSource, hosts = 1): Config {
  const { optimizer, train, model } = config;
  if (!isMethod(optimizer.name)) return config;
  const refuse = (where: string, why: string) =>
    new UserError(`${where}: optimizer "${optimizer.name}" ${why}`);
  const rows = source.parts.train;
  if (train.batchSize < rows) {
    throw refuse(
      'train.batchSize',
      rows > MOST_ROWS
        ? `sees all rows at once, at most ${MOST_ROWS}, and there are ${rows}; expected another optimizer`
        : `needs all ${rows} training rows in one minibatch, got ${train.batchSize}; leave train.batchSize out`,
    );
  }
  if (source.stream) throw refuse('data.stream', 'needs all rows in memory; leave either out');
  if (hosts > 1) throw refuse('--nodes', 'trains on one host; leave either out');
  for (const { layer, path } of placed(model.layers)) {
    const { drawsBy, meetings } = types[layer.name];
    const options: Readonly<Record<string, unknown>> = { ...layer };
    if (drawsBy && Number(options[drawsBy]) > 0) {
      throw refuse(
        path.join('.'),
        `needs a loss that stays the same, and "${layer.name}" draws anew at each step`,
      );
    }
    if (meetings) {
      const why = `keeps no running statistics, which "${layer.name}" needs; "layer-norm" has none`;
      throw refuse(path.join('.'), why);
    }
    if (options.rateFactor !== undefined) {
      const why = 'has no learning rate, so no factor of it; leave either out';
      throw refuse([...path, 'rateFactor'].join('.'), why);
    }
  }
  for (const [name, column] of Object.entries(embeddedOf(source.preprocessing?.columns) ?? {})) {
    if (column.rateFactor === undefined) continue;
    throw refuse(
      `data.columns.${name}.encode.rateFactor`,
      'has no learning rate, so no factor of it; leave either out',
    );
  }
  if ((train.accumulate ?? 1) > 1) {
    throw refuse(
      'train.accumulate',
      'sees all rows at once, so there are no minibatches to add up; leave it out',
    );
  }
  for (const key of ['ema', 'clip'] as const) {
    if (train[key]) throw refuse(`train.${key}`, 'goes down one way, and not step by step; leave either out');
  }
  if (train.mixup) throw refuse('train.mixup', 'needs rows that stay as they are; leave either out');
  const isDrawn = 'balance' in config.data && config.data.balance !== undefined;
  if (isDrawn || (train.sampling ?? { name: defaultSampling }).name !== defaultSampling) {
    const where = isDrawn ? 'data.balance' : 'train.sampling';
    throw refuse(where, 'sees every row at each step; weigh them instead (train.classWeights, data.weight)');
  }
  return { ...config, train: { ...train, batchSize: rows } };
}
