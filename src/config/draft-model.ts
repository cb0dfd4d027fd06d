/** What to begin with for a table: network, loss and length of training by the kind of target and the number of rows. */

import { quoted, shortened, UserError } from '../errors.js';
import type { ColumnProfile } from '../look/profile.js';
import { isClassNumber } from '../look/roles.js';

/** What is to be predicted. */
export type Task = 'classes' | 'binary' | 'values';

/** @throws UserError for a column that cannot be predicted */
export function taskOf(target: ColumnProfile, rows: number): Task {
  const { type, name, distinct } = target;
  if (type === 'date') {
    throw new UserError(`--target: ${quoted(name)} is a column of dates; expected one of numbers or classes`);
  }
  if (distinct < 2) {
    throw new UserError(
      `--target: ${quoted(name)} ${distinct === 0 ? 'holds nothing' : 'is the same in every row'}; there is nothing to predict`,
    );
  }
  if (type === 'category') return distinct === 2 ? 'binary' : 'classes';
  if (!isClassNumber(target, rows)) return 'values';
  return distinct === 2 ? 'binary' : 'classes';
}

export interface DraftModel {
  readonly targetScale: boolean;
  readonly stratify: boolean;
  readonly validation: number;
  readonly test: number;
  /** Everything after `data`. */
  readonly lines: readonly string[];
}

/** By rows: hidden layers, rows a minibatch, epochs, validations without a better one. */
const sizes = [
  { below: 500, hidden: [16], batchSize: 16, epochs: 100, patience: 15 },
  { below: 5_000, hidden: [32, 16], batchSize: 32, epochs: 80, patience: 12 },
  { below: 100_000, hidden: [64, 32], batchSize: 64, epochs: 40, patience: 6 },
  { below: Number.POSITIVE_INFINITY, hidden: [128, 64], batchSize: 256, epochs: 20, patience: 4 },
] as const;

/** The fewest rows that can be cut into three parts which say anything. */
const FEWEST = 10;

/** @param rows those that have a target @throws UserError where they are too few */
export function draftModel(task: Task, target: ColumnProfile, rows: number): DraftModel {
  if (rows < FEWEST) {
    throw new UserError(
      `expected at least ${FEWEST} rows with a value of ${quoted(target.name)}, got ${rows}`,
    );
  }
  const { hidden, batchSize, epochs, patience } = sizes.find(
    ({ below }) => rows < below,
  ) as (typeof sizes)[number];
  const [activation, loss, why] = {
    classes: ['softmax', 'cross-entropy', `a probability for each of the ${target.distinct} classes`],
    binary: ['sigmoid', 'binary-cross-entropy', `the probability of ${second(target)}`],
    values: ['linear', 'mean-squared-error', 'a number, in units of the scaled target while learning'],
  }[task];
  return {
    targetScale: task === 'values',
    stratify: task !== 'values',
    validation: rows < 5_000 ? 0.15 : 0.1,
    test: rows < 5_000 ? 0.2 : 0.1,
    lines: [
      'model:',
      '  init: he-uniform',
      '  layers:',
      ...hidden.map((units) => `    - { units: ${units}, activation: relu }`),
      `    - { units: auto, activation: ${activation} } # ${oneLine(why)}`,
      '',
      `loss: ${loss}${task === 'values' ? ' # huber minds values that are far off less; quantile is for a bound in place of the mean' : ''}`,
      ...countLines(task, target, activation),
      '',
      'optimizer: { name: adam, learningRate: 0.001 }',
      '',
      'train:',
      `  batchSize: ${batchSize}`,
      `  epochs: ${epochs}`,
      `  stop: { patience: ${patience} } # validations in a row that are no better end it; the best weights are kept`,
      ...rareLines(task, target),
    ],
  };
}

/** What to write where whole numbers from 0 up count something, which their looks do not tell. */
function countLines(task: Task, { name, column, numbers }: ColumnProfile, activation: string): string[] {
  if (task === 'binary' || column.type !== 'number' || numbers === undefined || numbers.min < 0) return [];
  if (!column.values.every((value) => Number.isNaN(value) || Number.isInteger(value))) return [];
  const what = `whole numbers from ${numbers.min} to ${numbers.max}`;
  const less = task === 'values' ? 'a target without scale' : 'a split without stratify';
  return [
    oneLine(
      `# If ${quoted(name)} counts something (${what}): loss: poisson, exponential in the place of ${activation}, ${less}`,
    ),
  ];
}

/** From so many rows of a class to one of the rarest. */
const RARE = 5;

/** What makes rare classes count. */
function rareLines(task: Task, { counts = [] }: ColumnProfile): string[] {
  const [first, last] = [counts.at(0), counts.at(-1)];
  if (task === 'values' || first === undefined || last === undefined || first[1] < RARE * last[1]) return [];
  const focal = task === 'binary' ? 'binary-focal' : 'focal';
  const times = Math.floor(first[1] / last[1]);
  return [
    oneLine(
      `  # ${quoted(shortened(first[0], 40))} comes ${times} times as often as ${quoted(shortened(last[0], 40))}. What makes rare ` +
        `classes count: classWeights: balanced, or sampling: balanced, or loss: ${focal}`,
    ),
  ];
}

const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');

/** Of two classes the one that the output is the probability of: the second in the order of the data family. */
function second({ type, counts = [] }: ColumnProfile): string {
  const names = counts.map(([name]) => name);
  names.sort((a, b) =>
    type === 'number' ? Number(a) - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  return `"${names[1]}"`;
}
