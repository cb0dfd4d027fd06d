/**
 * How much rows count in the loss: their sample weights as the data have them, and the weights of their classes.
 *
 * The loss of a minibatch of N rows is Σwl/N: unlike Σwl/Σw it does not cancel in a minibatch of one row, and does not
 * move the size of a step from one minibatch to the next. That of an evaluation is Σwl/Σw, without weights of classes.
 */
import type { Config } from '../config/schema.js';
import { type DataSource, preprocessingOf, type Split } from '../data/source.js';
import { didYouMean, shortened, UserError } from '../errors.js';
import { indexOfMost, isYes } from '../model/metrics/decide.js';
import type { LearningTask } from '../model/metrics/task.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';

type Written = Config['train']['classWeights'];

/** Names of classes, of which each row has one, and what they weigh: numbers, or so that each class counts the same. */
export interface ClassWeights {
  readonly names: readonly string[];
  readonly weights: 'balanced' | Float64Array;
}

/**
 * What the configuration says of classes; undefined: nothing. Classes that it does not name count 1.
 * @throws UserError where rows do not have one class each, and for names of none
 */
export function classWeightsOf(
  written: Written,
  source: DataSource,
  task: LearningTask,
): ClassWeights | undefined {
  if (written === undefined) return undefined;
  const names = classesOf(source, task);
  if (names === undefined) {
    throw new UserError(
      `train.classWeights: need one class a row, and this loss and these targets are ${task}; leave them out` +
        (source.hasWeights ? '' : ', or give rows weights (data.weight)'),
    );
  }
  if (written === 'balanced') return { names, weights: written };
  const weights = new Float64Array(names.length).fill(1);
  for (const [name, weight] of Object.entries(written)) {
    const place = names.indexOf(name);
    if (place < 0) {
      const some = names.slice(0, 12).map((one) => `"${shortened(one, 20)}"`);
      const list = `${some.join(', ')}${names.length > 12 ? ', …' : ''}`;
      throw new UserError(
        `train.classWeights: expected classes of the data (${list}), got "${shortened(name)}"${didYouMean(name, names)}`,
      );
    }
    weights[place] = weight;
  }
  return { names, weights };
}

/** Names by class; undefined where rows do not have one class each. */
function classesOf(source: DataSource, task: LearningTask): readonly string[] | undefined {
  if (task !== 'classification' && task !== 'binary') return undefined;
  const { target } = preprocessingOf(source);
  if (target.kind === 'class') return target.classes;
  if (target.kind === 'binary') return target.columns[0].classes;
  return Array.from({ length: Math.max(2, source.outputs) }, (_, k) => String(k));
}

/** The class of a row of the window. */
function classReader({ memory, layout, targets, evaluated }: Setup): (row: number) => number {
  const all = view(memory, layout.targets);
  if (targets.kind === 'class') return (row) => all[row];
  if (evaluated.task === 'binary') return (row) => Number(isYes(all[row]));
  const { outputs } = targets;
  const values = all as Float32Array | Float64Array;
  return (row) => indexOfMost(values, row * outputs, outputs);
}

/**
 * Fills in what rows count in training, once the data are read; sample weights stand in their place already. `balanced`
 * is n/(K·n_c) for class c of n_c of the n training rows, K the classes that these have (scikit-learn's `balanced`): its
 * mean over the training rows is 1.
 * @throws UserError where all rows of a part count nothing
 */
export function fillWeights(setup: Setup, split: Split, classes: ClassWeights | undefined): void {
  const { memory, layout } = setup;
  const sample = view(memory, layout.weights.sample);
  const training = view(memory, layout.weights.training);
  if (classes !== undefined) {
    const classOf = classReader(setup);
    const weights =
      classes.weights === 'balanced' ? balanced(split.train, classOf, classes.names.length) : classes.weights;
    for (let row = 0; row < training.length; row++) {
      // A class that no training row has may have no weight.
      training[row] = (weights[classOf(row)] ?? 1) * (sample.length > 0 ? sample[row] : 1);
    }
  }
  const nothing = (rows: Uint32Array, values: Float64Array) =>
    values.length > 0 && rows.length > 0 && rows.every((row) => values[row] === 0);
  for (const part of ['train', 'validation', 'test'] as const) {
    if (nothing(split[part], sample)) {
      const rows = part === 'train' ? 'training' : part;
      throw new UserError(`data.weight: every weight of the ${rows} rows is 0; expected some above 0`);
    }
  }
  if (nothing(split.train, training)) {
    throw new UserError(
      'train.classWeights: every class of the training rows counts 0; expected some above 0',
    );
  }
}

function balanced(train: Uint32Array, classOf: (row: number) => number, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const row of train) counts[classOf(row)]++;
  const present = counts.reduce((sum, count) => sum + Number(count > 0), 0);
  return counts.map((count) => (count === 0 ? 0 : train.length / (present * count)));
}
