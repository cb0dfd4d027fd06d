/** How an epoch's rows are drawn: what the configuration says, and whether the data have what that takes. */
import type { Config } from '../config/schema.js';
import { type Draw, defaultSampling, drawOf, samplingOf } from '../data/sampling/index.js';
import type { DataSource, Split } from '../data/source.js';
import { UserError } from '../errors.js';
import type { LearningTask } from '../model/metrics/task.js';
import type { Spec } from '../options.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { classesOf, classReader } from './weights.js';

/** What is read of a configuration. */
export interface SamplingConfig {
  readonly data: Config['data'];
  readonly train: Pick<Config['train'], 'classWeights' | 'sampling'>;
}

/**
 * The sampling that a configuration names; `data.balance: classes` is `balanced` by an older name.
 * @throws UserError where rows do not have what it needs, where they are streamed, and where classes are balanced already
 */
export function chosenSampling(
  { data, train }: SamplingConfig,
  source: DataSource,
  task: LearningTask,
): Spec {
  const isBalanced = 'balance' in data && data.balance !== undefined;
  const asked: Spec = train.sampling ?? { name: defaultSampling };
  const spec = isBalanced ? { name: 'balanced' } : asked;
  const where = isBalanced ? 'data.balance' : 'train.sampling';
  if (isBalanced && train.sampling !== undefined && asked.name !== spec.name) {
    throw new UserError(
      `data.balance: says that classes come equally often, and train.sampling is "${asked.name}"; leave either out`,
    );
  }
  const { needs } = samplingOf(spec.name);
  if (spec.name === defaultSampling) return spec;
  if (source.stream !== undefined) {
    throw new UserError(
      `${where}: expected rows that all lie in memory, and data.stream reads them block by block; leave either out, or ` +
        'weigh the classes instead (train.classWeights: balanced)',
    );
  }
  if (needs === 'classes' && classesOf(source, task) === undefined) {
    throw new UserError(
      `${where}: needs one class a row, and this loss and these targets are ${task}; leave it out`,
    );
  }
  if (needs === 'weights' && source.hasWeights !== true) {
    throw new UserError(
      `${where}: "${spec.name}" needs rows with weights, and these have none; name their column (data.weight) of a table`,
    );
  }
  if (needs === 'classes' && train.classWeights === 'balanced') {
    throw new UserError(
      `${where}: classes come equally often, and train.classWeights: balanced would weigh the rare ones once more; leave ` +
        'either out',
    );
  }
  return spec;
}

/** Whether the weights of rows count in the draw, and not in the loss that is learned from. */
export const drawsByWeight = (spec: Spec): boolean => samplingOf(spec.name).needs === 'weights';

/** What writes an epoch's rows, once the data are read. */
export function drawIn(setup: Setup, { train }: Pick<Split, 'train'>, spec: Spec): Draw {
  const weights = view(setup.memory, setup.layout.weights.sample);
  return drawOf(spec, {
    seed: setup.seed,
    train,
    classOf: classReader(setup),
    weightOf: (row) => weights[row],
  });
}
