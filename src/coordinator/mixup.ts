/** Whether rows of minibatches are mixed: what the configuration says, and whether it makes sense. */
import type { Config } from '../config/schema.js';
import type { DataSource } from '../data/source.js';
import { UserError } from '../errors.js';
import { losses, lossNames } from '../model/losses/index.js';
import type { Network } from '../model/network.js';
import { drawsByWeight } from './sampling.js';

/** What is read of a configuration. */
export interface MixupConfig {
  readonly loss: Config['loss'];
  readonly train: Pick<Config['train'], 'mixup' | 'batchSize' | 'classWeights' | 'sampling'>;
}

/**
 * α, where rows are mixed. @param hosts that train together
 * @throws UserError where a mixture of two rows would be none of what the loss, the weights or the inputs are about
 */
export function mixupOf(
  { loss, train }: MixupConfig,
  source: DataSource,
  net: Network,
  hosts = 1,
): number | undefined {
  if (train.mixup === undefined) return undefined;
  const refuse = (why: string) => new UserError(`train.mixup: ${why}`);
  if (!losses[loss.name].mixes) {
    const good = lossNames.filter((name) => losses[name].mixes).map((name) => `"${name}"`);
    throw refuse(
      `mixes targets, which the loss "${loss.name}" is not made for; expected one of ${good.join(', ')}, or leave it out`,
    );
  }
  if (train.batchSize < 2) {
    throw refuse(
      `mixes rows of a minibatch, and train.batchSize is ${train.batchSize}; expected at least 2, or leave it out`,
    );
  }
  const isWeighed = source.hasWeights === true && !(train.sampling && drawsByWeight(train.sampling));
  if (isWeighed || train.classWeights !== undefined) {
    throw refuse(
      `mixes rows that count the same, and ${isWeighed ? 'data.weight' : 'train.classWeights'} weighs them; leave ` +
        'either out, or draw rows as often as they should count (train.sampling)',
    );
  }
  if (net.layers.some(({ type }) => type === 'embedding')) {
    throw refuse(
      'mixes inputs, and those of embedded columns are categories; encode them one-hot, or leave it out',
    );
  }
  if (hosts > 1 && source.stream?.lanes) {
    throw refuse(
      `mixes rows of the whole minibatch, and with data.stream each of the ${hosts} hosts reads its own alone; leave either ` +
        'out, or train on one host',
    );
  }
  return train.mixup.alpha;
}
