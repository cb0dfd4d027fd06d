/**
 * Log loss: −Σ_k y_k log p_k of a row, p the outputs, kept between ε and 1 − ε with ε = 2⁻⁵² as scikit-learn's `log_loss`
 * has it; of a single output, and of each of several binary ones, −y log p − (1 − y) log(1 − p). The mean over the rows,
 * and over several binary outputs.
 */
import type { SummingMetric } from './metric.js';

const within = (p: number): number => Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, p));

export const logLoss: SummingMetric = {
  description: 'Mean of −log of the probability that a row’s own class was given, whatever the loss is.',
  tasks: ['classification', 'binary', 'multi-label'],
  probabilities: true,
  better: 'lower',
  usual: false,
  adds: 'sums',
  size: () => 1,
  piece(h, y, { rows, outputs, task }, place) {
    const binary = task !== 'classification';
    let sum = 0;
    for (let i = 0; i < rows * outputs; i++) {
      const p = within(h[i]);
      if (y[i] !== 0 || Number.isNaN(p)) sum -= y[i] * Math.log(p);
      if (binary && y[i] !== 1) sum -= (1 - y[i]) * Math.log(1 - p);
    }
    place[0] = sum;
  },
  merge(total, place) {
    total[0] += place[0];
  },
  result: ([sum], { rows, outputs, task }) => ({
    value: sum / (task === 'multi-label' ? rows * outputs : rows),
  }),
};
