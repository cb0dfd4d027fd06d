/**
 * Accuracy: the share of rows whose class is right. The class is the largest output, of equals the first (as in NumPy's
 * argmax); of a single output, yes beyond 0.5. With several binary outputs it is the share of right outputs over all
 * rows. NaN is never right.
 */
import { classAt, isYes } from './decide.js';
import type { CountingMetric } from './metric.js';

export const accuracy: CountingMetric = {
  description: 'Share of rows whose class is right; with several binary outputs, share of right outputs.',
  tasks: ['classification', 'binary', 'multi-label'],
  better: 'higher',
  usual: true,
  share: true,
  adds: 'counts',
  size: () => 1,
  count(h, y, extent, counts) {
    const { rows, outputs, task } = extent;
    let right = 0;
    if (task === 'multi-label') {
      for (let i = 0; i < rows * outputs; i++) {
        if (isYes(h[i]) === isYes(y[i]) && !Number.isNaN(h[i])) right++;
      }
    } else {
      for (let row = 0; row < rows; row++) {
        const predicted = classAt(h, row, extent);
        if (predicted >= 0 && predicted === classAt(y, row, extent)) right++;
      }
    }
    counts[0] += right;
  },
  result: ([right], { rows, outputs, task }) => ({
    value: right / (task === 'multi-label' ? rows * outputs : rows),
  }),
};
