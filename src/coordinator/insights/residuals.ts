/** How far predicted values are off, in their own units. A pure function over what was seen. */
import type { InsightsEvent } from '../../insights.js';
import type { Extent } from '../../model/metrics/metric.js';
import { finite, histogram, short, spaced } from './numbers.js';
import type { Seen } from './seen.js';

const MOST_TARGETS = 20;
/** Of one target; of many they share four times as many. */
const MOST_POINTS = 500;

/** @param names by output; of more than 20 the first ones are told */
export function residualsOf(
  { outputs, targets }: Seen,
  { task, rows, outputs: width }: Extent,
  names: readonly string[],
): InsightsEvent['residuals'] {
  if (task !== 'regression' || rows === 0) return undefined;
  const told = Math.min(width, MOST_TARGETS);
  const most = Math.min(MOST_POINTS, Math.floor((4 * MOST_POINTS) / told));
  const off = new Float64Array(rows);
  return Array.from({ length: told }, (_, k) => {
    for (let row = 0; row < rows; row++) off[row] = outputs[row * width + k] - targets[row * width + k];
    const value = (values: Float64Array, row: number) => short(finite(values[row * width + k]));
    return {
      target: names[k] ?? String(k),
      histogram: histogram(off),
      points: spaced(rows, most).map((row): [number, number] => [value(targets, row), value(outputs, row)]),
    };
  });
}
