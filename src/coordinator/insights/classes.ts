/** How well classes are told apart: confusion, ROC curves, calibration. Pure functions over what was seen. */
import type { InsightsEvent } from '../../insights.js';
import { confusion } from '../../model/metrics/confusion.js';
import { classAt, hasPositive } from '../../model/metrics/decide.js';
import type { Extent } from '../../model/metrics/metric.js';
import { type Ranked, rankedBy } from '../../model/metrics/ranked.js';
import { area } from '../../model/metrics/roc-auc.js';
import { short } from './numbers.js';
import type { Seen } from './seen.js';

/** More make a table that nobody reads. */
const MOST_CLASSES = 100;
const MOST_CURVES = 20;
const MOST_POINTS = 200;
const BINS = 10;

/** As the metric `confusion` counts; undefined: rows do not have one class each, or there are more than 100. */
export function confusionOf({ outputs, targets }: Seen, extent: Extent): InsightsEvent['confusion'] {
  const { task } = extent;
  const isClassed = task === 'classification' || task === 'binary';
  if (!isClassed || extent.rows === 0 || extent.outputs > MOST_CLASSES) return undefined;
  const counts = new Float64Array(confusion.size(extent.outputs, extent.spec));
  confusion.count(outputs, targets, extent, counts);
  return confusion.result(counts, extent).value as number[][];
}

/**
 * The curve of each class against the others, of two classes that of the second, as the metric `roc-auc` has it. Of more
 * than 20 those of most rows.
 * @param names by output
 */
export function rocOf(
  { outputs, targets }: Seen,
  extent: Extent,
  names: readonly string[],
): InsightsEvent['roc'] {
  if (extent.task === 'regression' || extent.rows === 0) return undefined;
  const first = extent.outputs > 1 && hasPositive(extent) ? 1 : 0;
  const space = new Float64Array(extent.rows);
  return mostFrequent(targets, extent, first).map((output) => {
    const ranked = rankedBy(outputs, targets, extent, output, space);
    const { positives, negatives } = ranked;
    const odd = Number.isNaN(positives.at(-1)) || Number.isNaN(negatives.at(-1));
    const name = names[output] ?? String(output);
    if (positives.length === 0 || negatives.length === 0 || odd)
      return { class: name, auc: null, points: [] };
    return { class: name, auc: area(ranked), points: curveOf(ranked) };
  });
}

/** Outputs from `first` on, in their order: those of which most rows are, where there are too many. */
function mostFrequent(targets: Float64Array, { outputs }: Extent, first: number): number[] {
  const all = Array.from({ length: outputs - first }, (_, k) => first + k);
  if (all.length <= MOST_CURVES) return all;
  const rows = new Float64Array(outputs);
  for (let k = 0; k < targets.length; k++) rows[k % outputs] += targets[k];
  all.sort((a, b) => rows[b] - rows[a] || a - b);
  return all.slice(0, MOST_CURVES).sort((a, b) => a - b);
}

/**
 * [share of the others, share of the class] at or above each threshold there is, from (0, 0) to (1, 1); of too many those
 * that are evenly spaced along the curve. Both kinds in ascending order, of each at least one.
 */
export function curveOf({ positives, negatives }: Ranked, most = MOST_POINTS): [number, number][] {
  const points: [number, number][] = [[0, 0]];
  let i = positives.length;
  let j = negatives.length;
  const all = i + j < most;
  let mark = 0;
  while (i > 0 || j > 0) {
    const threshold = Math.max(positives[i - 1] ?? -Infinity, negatives[j - 1] ?? -Infinity);
    while (i > 0 && positives[i - 1] === threshold) i--;
    while (j > 0 && negatives[j - 1] === threshold) j--;
    const x = 1 - j / negatives.length;
    const y = 1 - i / positives.length;
    const here = Math.floor(((x + y) / 2) * (most - 2));
    if (!all && here === mark) continue;
    mark = here;
    points.push([short(x, 6), short(y, 6)]);
  }
  return points;
}

/**
 * By the probability of the likeliest class, in ten bins of the same width, of which each begins with its least value:
 * how sure the network is, and how often it is right (Guo et al. 2017). Undefined: outputs are no probabilities.
 */
export function calibrationOf({ outputs, targets }: Seen, extent: Extent): InsightsEvent['calibration'] {
  const { task, rows } = extent;
  if ((task !== 'classification' && task !== 'binary') || rows === 0) return undefined;
  for (const output of outputs) if (!(output >= 0 && output <= 1)) return undefined;
  const bins = Array.from({ length: BINS }, () => ({ rows: 0, confidence: 0, right: 0 }));
  for (let row = 0; row < rows; row++) {
    const predicted = classAt(outputs, row, extent);
    const output = outputs[row * extent.outputs + (task === 'binary' ? 0 : predicted)];
    const confidence = task === 'binary' && predicted === 0 ? 1 - output : output;
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))];
    bin.rows++;
    bin.confidence += confidence;
    if (predicted === classAt(targets, row, extent)) bin.right++;
  }
  return bins.map((bin, k) => ({
    from: k / BINS,
    to: (k + 1) / BINS,
    rows: bin.rows,
    confidence: bin.rows > 0 ? short(bin.confidence / bin.rows, 8) : null,
    accuracy: bin.rows > 0 ? short(bin.right / bin.rows, 8) : null,
  }));
}
