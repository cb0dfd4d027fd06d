/** Figures of how well an output ranks the rows that are of its class before those that are not. */
import type { Real } from '../precision.js';
import { hasPositive, isYes } from './decide.js';
import type { Extent, Figure, RankingMetric } from './metric.js';

/** Scores of an output in ascending order: of the rows that are of its class, and of the others. */
export interface Ranked {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/** Of an output: rows of its class, other rows, its figure. */
const EACH = 3;

/**
 * A metric that is a figure an output, and the mean of these over several: of classes each against all others, of two
 * classes that of the second. A NaN among the outputs makes it NaN.
 * @param figureOf of one output, which has rows of both kinds
 */
export function rankedMetric(description: string, figureOf: (ranked: Ranked) => number): RankingMetric {
  return {
    description,
    tasks: ['classification', 'binary', 'multi-label'],
    better: 'higher',
    usual: false,
    mayBeUndefined: true,
    adds: 'ranks',
    size: (outputs) => EACH * outputs,
    rank(h, y, extent, output, space, place) {
      const ranked = rankedBy(h, y, extent, output, space);
      const [positives, negatives] = [ranked.positives.length, ranked.negatives.length];
      // What cannot be compared is last in its order.
      const odd = Number.isNaN(ranked.positives.at(-1)) || Number.isNaN(ranked.negatives.at(-1));
      const defined = positives > 0 && negatives > 0 && !odd;
      place.set([positives, negatives, defined ? figureOf(ranked) : Number.NaN]);
    },
    result: resultOf,
  };
}

/**
 * @param output which of the outputs @param space a number a row, over which the result lies
 */
export function rankedBy(
  h: Real,
  y: Real,
  { rows, outputs }: Extent,
  output: number,
  space: Float64Array,
): Ranked {
  let positives = 0;
  let negatives = 0;
  for (let at = output; at < rows * outputs; at += outputs) {
    // From the front, and from the end.
    if (isYes(y[at])) space[positives++] = h[at];
    else space[rows - ++negatives] = h[at];
  }
  return {
    positives: space.subarray(0, positives).sort(),
    negatives: space.subarray(positives, rows).sort(),
  };
}

function resultOf(all: Float64Array, extent: Extent): Figure {
  const { outputs, task } = extent;
  const first = outputs > 1 && hasPositive(extent) ? 1 : 0;
  let sum = 0;
  for (let k = first; k < outputs; k++) {
    const [positives, negatives, figure] = all.subarray(EACH * k);
    if (positives === 0 || negatives === 0) {
      if (task === 'classification') {
        const rows = positives === 0 ? 'no row is' : 'all rows are';
        return { value: null, reason: `${rows} of class ${k}` };
      }
      const whose = outputs > 1 ? `the targets of output ${k}` : 'the targets';
      return { value: null, reason: `${whose} are all the same` };
    }
    sum += figure;
  }
  return { value: sum / (outputs - first) };
}
