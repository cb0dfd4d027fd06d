/** Class-balanced sampling: which rows an epoch is made of where `data.balance` says that classes are to come equally often. */
import type { Config } from '../config/schema.js';
import type { DataSource, Split } from '../data/source.js';
import { UserError } from '../errors.js';
import type { LearningTask } from '../model/metrics/task.js';
import type { Setup } from '../plan/task.js';
import { keyed } from '../random.js';
import { classesOf, classReader } from './weights.js';

/** What is read of a configuration. */
export interface BalanceConfig {
  readonly data: Config['data'];
  readonly train: Pick<Config['train'], 'classWeights'>;
}

/**
 * Whether epochs are to be balanced.
 * @throws UserError where rows do not have one class each, where they are streamed, and where classes are balanced already
 */
export function isBalanced({ data, train }: BalanceConfig, source: DataSource, task: LearningTask): boolean {
  if (!('balance' in data) || data.balance === undefined) return false;
  if (source.stream !== undefined) {
    throw new UserError(
      'data.balance: expected rows that all lie in memory, and data.stream reads them block by block; leave either out, or ' +
        'weigh the classes instead (train.classWeights: balanced)',
    );
  }
  if (classesOf(source, task) === undefined) {
    throw new UserError(
      `data.balance: needs one class a row, and this loss and these targets are ${task}; leave it out`,
    );
  }
  if (train.classWeights === 'balanced') {
    throw new UserError(
      'data.balance: classes come equally often, and train.classWeights: balanced would weigh the rare ones once more; leave ' +
        'either out',
    );
  }
  return true;
}

/** The training rows of each class that they have, classes in their order. */
export type ClassRows = readonly Uint32Array[];

/** Once the data are read. Takes 4 bytes a training row. */
export function classRowsOf(setup: Setup, { train }: Pick<Split, 'train'>): ClassRows {
  const classOf = classReader(setup);
  const counts: number[] = [];
  for (const row of train) counts[classOf(row)] = (counts[classOf(row)] ?? 0) + 1;
  // An array with holes where a class has no training row.
  const rows = counts.map((count) => new Uint32Array(count));
  const filled = rows.map(() => 0);
  for (const row of train) rows[classOf(row)][filled[classOf(row)]++] = row;
  return Object.values(rows);
}

/**
 * Draws the rows of an epoch, as many as there are training rows, each by itself and with replacement: a row of a class that
 * n_c of the training rows have comes with probability 1/(K·n_c), K the classes that these have. It is what PyTorch's
 * WeightedRandomSampler does with weights 1/n_c and `num_samples` n. Keyed by (seed, epoch).
 */
export function drawBalanced(into: Uint32Array, classes: ClassRows, seed: number, epoch: number): void {
  const random = keyed(seed, 'balance', epoch);
  for (let at = 0; at < into.length; at++) {
    const rows = classes[random.below(classes.length)];
    into[at] = rows[random.below(rows.length)];
  }
}
