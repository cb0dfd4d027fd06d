/**
 * Brier score: the mean over the rows of Σ_k (p_k − y_k)², p the outputs; of two classes half of it, which is (p − y)² of
 * a single output (scikit-learn's `brier_score_loss`). Of several binary outputs it is the mean over these.
 */
import type { SummingMetric } from './metric.js';

export const brier: SummingMetric = {
  description: 'Mean squared distance of probabilities from what was true, 0 at best.',
  tasks: ['classification', 'binary', 'multi-label'],
  probabilities: true,
  better: 'lower',
  usual: false,
  adds: 'sums',
  size: () => 1,
  piece(h, y, { rows, outputs }, place) {
    let sum = 0;
    for (let i = 0; i < rows * outputs; i++) sum += (h[i] - y[i]) ** 2;
    place[0] = sum;
  },
  merge(total, place) {
    total[0] += place[0];
  },
  result([sum], { rows, outputs, task }) {
    if (task === 'multi-label') return { value: sum / (rows * outputs) };
    return { value: sum / (task === 'classification' && outputs === 2 ? 2 * rows : rows) };
  },
};
