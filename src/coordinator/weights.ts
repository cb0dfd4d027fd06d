/**
 * How much rows count in the loss: their sample weights as the data have them, and the weights of their classes.
 *
 * The loss of a minibatch of N rows is Σwl/N: unlike Σwl/Σw it does not cancel in a minibatch of one row, and does not
 * move the size of a step from one minibatch to the next. That of an evaluation is Σwl/Σw, without weights of classes.
 */
import type { Config } from '../config/schema.js';
import {
  type DataSource,
  type DataWindow,
  preprocessingOf,
  type RowStream,
  type Split,
} from '../data/source.js';
import { didYouMean, shortened, UserError } from '../errors.js';
import { indexOfMost, isYes } from '../model/metrics/decide.js';
import type { LearningTask } from '../model/metrics/task.js';
import type { Layout } from '../plan/layout.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { notCut } from './abandon.js';

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
export function classesOf(source: DataSource, task: LearningTask): readonly string[] | undefined {
  if (task !== 'classification' && task !== 'binary') return undefined;
  const { target, columns } = preprocessingOf(source);
  if (target.kind === 'class') return target.classes;
  if (target.kind === 'binary') return target.columns[0].classes;
  // Shares of classes in columns of a table are called as these are.
  if (columns !== undefined && target.columns.length > 1) return target.columns.map(({ name }) => name);
  return Array.from({ length: Math.max(2, source.outputs) }, (_, k) => String(k));
}

/** The class of a row of the window. */
export function classReader({ memory, layout, targets, evaluated }: Setup): (row: number) => number {
  const all = view(memory, layout.targets);
  if (targets.kind === 'class') return (row) => all[row];
  if (evaluated.task === 'binary') return (row) => Number(isYes(all[row]));
  const { outputs } = targets;
  const values = all as Float32Array | Float64Array;
  return (row) => indexOfMost(values, row * outputs, outputs);
}

/** Fills in what so many rows of the window count in training, from a place on; their sample weights are there. */
export type FillWeights = (place: number, rows: number) => void;

/**
 * Fills in what rows count in training, once the data are read; sample weights stand in their place already. `balanced`
 * is n/(K·n_c) for class c of n_c of the n training rows, K the classes that these have (scikit-learn's `balanced`): its
 * mean over the training rows is 1.
 * @param drawn rows come as often as their sample weights say, so that these weigh nothing while learning
 * @returns how rows that are read later are weighted; undefined: as they are
 * @throws UserError where all rows of a part count nothing
 */
export async function fillWeights(
  setup: Setup,
  split: Split,
  classes: ClassWeights | undefined,
  stream: RowStream | undefined,
  drawn = false,
): Promise<FillWeights | undefined> {
  const { memory, layout } = setup;
  const sample = view(memory, layout.weights.sample);
  const training = view(memory, layout.weights.training);
  const nothing = (rows: Uint32Array, values: Float64Array) =>
    values.length > 0 && rows.length > 0 && rows.every((row) => values[row] === 0);
  for (const part of ['train', 'validation', 'test'] as const) {
    if (nothing(split[part], sample)) {
      const rows = part === 'train' ? 'training' : part;
      throw new UserError(`data.weight: every weight of the ${rows} rows is 0; expected some above 0`);
    }
  }
  if (classes === undefined) return undefined;
  const classOf = classReader(setup);
  const zero = new UserError(
    'train.classWeights: every class of the training rows counts 0; expected some above 0',
  );
  const weights =
    stream === undefined
      ? weightsOf(classes, () => counted(split.train, classOf, classes.names.length))
      : await streamedWeights(classes, stream, setup, classOf);
  if (weights === undefined) throw zero;
  const fill: FillWeights = (place, rows) => {
    for (let row = place; row < place + rows; row++) {
      // A class that no training row has may have no weight.
      training[row] = (weights[classOf(row)] ?? 1) * (sample.length > 0 && !drawn ? sample[row] : 1);
    }
  };
  if (stream !== undefined) return fill;
  fill(0, training.length);
  if (nothing(split.train, training)) throw zero;
  return undefined;
}

const weightsOf = ({ weights }: ClassWeights, counts: () => Float64Array) =>
  weights === 'balanced' ? balanced(counts()) : weights;

/** As `weightsOf`; undefined where the classes of all rows that are learned from count 0. */
async function streamedWeights(
  classes: ClassWeights,
  stream: RowStream,
  setup: Setup,
  classOf: (row: number) => number,
): Promise<Float64Array | undefined> {
  const { names, weights } = classes;
  // Where no weight is 0 nobody needs to know who is there.
  if (weights !== 'balanced' && weights.every((weight) => weight > 0)) return weights;
  const counts = await countedStream(stream, setup, classOf, names.length);
  const found = weightsOf(classes, () => counts);
  return found.some((weight, k) => weight > 0 && counts[k] > 0) ? found : undefined;
}

function counted(rows: Iterable<number>, classOf: (row: number) => number, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const row of rows) counts[classOf(row)]++;
  return counts;
}

/** One way through all that is streamed, block by block into the first place of the window, before anybody learns from it. */
async function countedStream(
  stream: RowStream,
  { memory, layout }: Setup,
  classOf: (row: number) => number,
  classes: number,
): Promise<Float64Array> {
  const counts = new Float64Array(classes);
  const window = windowOf(memory, layout);
  for (let first = 0; first < stream.rows; first += stream.block) {
    const rows = Math.min(stream.block, stream.rows - first);
    await notCut(() => stream.read(first, rows, window, 0));
    for (let k = 0; k < rows; k++) if (stream.isTrain(first + k)) counts[classOf(k)]++;
  }
  return counts;
}

/** The rows of data that lie in memory, to read into. */
export function windowOf(memory: WebAssembly.Memory, { features, targets, weights }: Layout): DataWindow {
  return {
    features: view(memory, features),
    targets: view(memory, targets),
    ...(weights.sample.length > 0 && { weights: view(memory, weights.sample) }),
  };
}

function balanced(counts: Float64Array): Float64Array {
  const present = counts.reduce((sum, count) => sum + Number(count > 0), 0);
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (count === 0 ? 0 : rows / (present * count)));
}
