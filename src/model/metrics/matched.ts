/** Precision, recall and F1 of classes: what is counted for them, and how those of several classes become one figure. */
import type { Options, Values } from '../../options.js';
import type { Real } from '../precision.js';
import { classAt, hasPositive, isYes } from './decide.js';
import type { CountingMetric, Extent } from './metric.js';

/** Of a class: rows of it that were taken for it, rows that were taken for it, rows of it. */
export interface Matched {
  readonly right: number;
  readonly taken: number;
  readonly actual: number;
}

const EACH = 3;

/** A single output has two classes. */
const classesOf = ({ outputs }: Pick<Extent, 'outputs'>): number => Math.max(2, outputs);

const options = {
  average: {
    type: 'choice',
    of: ['macro', 'micro'],
    description:
      'How the figures of several classes become one. macro: their mean over the classes that targets or predictions ' +
      'have (over all of several binary outputs); micro: the figure of all their counts. Default: macro, and where there ' +
      'are two classes the figure of the second.',
    optional: true,
  },
} as const satisfies Options;

/** 0/0 is 0, as scikit-learn has it. */
const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);
export const precisionOf = ({ right, taken }: Matched): number => ratio(right, taken);
export const recallOf = ({ right, actual }: Matched): number => ratio(right, actual);
export const f1Of = ({ right, taken, actual }: Matched): number => ratio(2 * right, taken + actual);

type Score = (matched: Matched) => number;

/** A metric of a class's counts; what several classes become, the configuration says. */
export function matchedMetric(description: string, scoreOf: Score): CountingMetric<typeof options> {
  return { ...averaged(description, scoreOf, averageIn), options };
}

/** A metric of a class's counts, averaged over the classes that there are. */
export function macroMetric(description: string, scoreOf: Score): CountingMetric {
  return averaged(description, scoreOf, () => 'macro');
}

/** A row with a NaN among its outputs was taken for no class. */
function averaged(description: string, scoreOf: Score, averageOf: typeof averageIn) {
  return {
    description,
    tasks: ['classification', 'binary', 'multi-label'],
    better: 'higher',
    usual: false,
    adds: 'counts',
    size: sizeOfMatched,
    count: countMatched,
    result(counts, extent) {
      const all = matchedIn(counts, extent);
      const way = averageOf(extent);
      if (way === undefined) return { value: scoreOf(all[1]) };
      if (way === 'micro') return { value: scoreOf(sumOf(all)) };
      const meant = extent.task === 'multi-label' ? all : all.filter(isSeen);
      return { value: meant.reduce((sum, one) => sum + scoreOf(one), 0) / meant.length };
    },
  } satisfies CountingMetric;
}

/** Undefined: the figure of the second of two classes. */
function averageIn(extent: Extent): 'macro' | 'micro' | undefined {
  const { average } = extent.spec as Extent['spec'] & Values<typeof options>;
  return average ?? (hasPositive(extent) ? undefined : 'macro');
}

/** Whether targets or predictions have the class. */
export const isSeen = ({ taken, actual }: Matched): boolean => taken + actual > 0;

export const sizeOfMatched = (outputs: number): number => EACH * classesOf({ outputs });

export function countMatched(h: Real, y: Real, extent: Extent, counts: Float64Array): void {
  const { rows, outputs, task } = extent;
  if (task === 'multi-label') {
    for (let i = 0; i < rows * outputs; i++) {
      const at = EACH * (i % outputs);
      const [taken, actual] = [isYes(h[i]), isYes(y[i])];
      if (taken && actual) counts[at]++;
      if (taken) counts[at + 1]++;
      if (actual) counts[at + 2]++;
    }
    return;
  }
  for (let row = 0; row < rows; row++) {
    const predicted = classAt(h, row, extent);
    const actual = classAt(y, row, extent);
    if (predicted >= 0 && predicted === actual) counts[EACH * predicted]++;
    if (predicted >= 0) counts[EACH * predicted + 1]++;
    if (actual >= 0) counts[EACH * actual + 2]++;
  }
}

/** The counts by class; of several binary outputs by output. */
export function matchedIn(counts: Float64Array, extent: Extent): Matched[] {
  const n = extent.task === 'multi-label' ? extent.outputs : classesOf(extent);
  return Array.from({ length: n }, (_, k) => {
    const [right, taken, actual] = counts.subarray(EACH * k);
    return { right, taken, actual };
  });
}

const sumOf = (all: readonly Matched[]): Matched =>
  all.reduce((sum, one) => ({
    right: sum.right + one.right,
    taken: sum.taken + one.taken,
    actual: sum.actual + one.actual,
  }));
