/**
 * Top-k accuracy: the share of rows whose class is among the k largest outputs. Of equals the first come first, as in
 * `accuracy`: class y is among them if #{s_j > s_y} + #{j < y, s_j = s_y} < k, so outputs that are all the same do not
 * score 100 %. A row with a NaN among its outputs is never right. `top-3` is `top-k` with k 3.
 */
import type { Options, Values } from '../../options.js';
import type { Real } from '../precision.js';
import { indexOfMost } from './decide.js';
import type { CountingMetric, Extent } from './metric.js';

const options = {
  k: {
    type: 'integer',
    min: 2,
    max: 65_534,
    default: 5,
    description: 'How many outputs count as an answer; fewer than there are classes.',
  },
} as const satisfies Options;

/** Whether a row's class is among the k largest outputs. */
function isAmong(h: Real, y: Real, row: number, outputs: number, k: number): boolean {
  const at = row * outputs;
  const actual = indexOfMost(y, at, outputs);
  if (actual < 0) return false;
  const own = h[at + actual];
  let before = 0;
  for (let j = 0; j < outputs; j++) {
    const other = h[at + j];
    if (Number.isNaN(other)) return false;
    if (other > own || (other === own && j < actual)) before++;
  }
  return before < k;
}

/** @param of how many outputs count; undefined: as the configuration says */
function topMetric(of?: number): CountingMetric {
  const kOf = (spec: Extent['spec']) => of ?? (spec as Extent['spec'] & Values<typeof options>).k;
  return {
    description: `Share of rows whose class is among the ${of ?? 'k'} largest outputs.`,
    tasks: ['classification'],
    better: 'higher',
    usual: false,
    share: true,
    adds: 'counts',
    refuse: (outputs, spec) =>
      kOf(spec) < outputs
        ? undefined
        : `expected a k below the number of classes, ${outputs}, got ${kOf(spec)}: every row would be right`,
    size: () => 1,
    count(h, y, { rows, outputs, spec }, counts) {
      const k = kOf(spec);
      for (let row = 0; row < rows; row++) if (isAmong(h, y, row, outputs, k)) counts[0]++;
    },
    result: ([right], { rows }) => ({ value: right / rows }),
  };
}

export const topMetrics = {
  'top-k': { ...topMetric(), options },
  'top-2': topMetric(2),
  'top-3': topMetric(3),
  'top-4': topMetric(4),
  'top-5': topMetric(5),
  'top-6': topMetric(6),
  'top-7': topMetric(7),
  'top-8': topMetric(8),
  'top-9': topMetric(9),
  'top-10': topMetric(10),
};
