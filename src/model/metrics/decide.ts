/** Which class outputs stand for. */
import type { Real } from '../precision.js';
import type { Extent } from './metric.js';

/** Whether an output says yes: beyond 0.5. */
export const isYes = (output: number): boolean => output > 0.5;

/** Whether there are two classes a row, of which figures of one class are those of the second. */
export const hasPositive = ({ outputs, task }: Pick<Extent, 'outputs' | 'task'>): boolean =>
  task === 'binary' || (task === 'classification' && outputs === 2);

/** The first of the largest of `n` values from `at` on; −1 where one is NaN, so that a broken network is never right. */
export function indexOfMost(values: Real, at: number, n: number): number {
  let best = 0;
  for (let k = 0; k < n; k++) {
    const value = values[at + k];
    if (Number.isNaN(value)) return -1;
    if (value > values[at + best]) best = k;
  }
  return best;
}

/** The class of a row: 0 or 1 of a single output, else the largest; −1 where there is a NaN. */
export function classAt(values: Real, row: number, { outputs, task }: Extent): number {
  if (task === 'classification') return indexOfMost(values, row * outputs, outputs);
  return Number.isNaN(values[row]) ? -1 : Number(isYes(values[row]));
}
