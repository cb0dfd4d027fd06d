/**
 * Explained variance: 1 − Var(y − ŷ) / Var(y) over the rows; the mean of it over several outputs (scikit-learn's
 * `explained_variance_score`). R² without what a constant added to all outputs would mend. Undefined, and null, where an
 * output's targets are all the same.
 */
import type { SummingMetric } from './metric.js';
import { allTheSame, mergeMoments, momentsOf } from './moments.js';

/** After the number of rows, for each output: the moments of y, those of y − ŷ. */
const EACH = 6;
const OF_ERRORS = 3;

export const explainedVariance: SummingMetric = {
  description:
    'Share of the variance that is explained, 1 at best; mean over the outputs; null for constant targets.',
  tasks: ['regression'],
  better: 'higher',
  usual: false,
  mayBeUndefined: true,
  adds: 'sums',
  size: (outputs) => 1 + EACH * outputs,
  piece(h, y, { rows, outputs }, place) {
    place[0] = rows;
    for (let k = 0; k < outputs; k++) {
      const at = (row: number) => row * outputs + k;
      place.set(
        momentsOf((row) => y[at(row)], rows),
        1 + EACH * k,
      );
      place.set(
        momentsOf((row) => y[at(row)] - h[at(row)], rows),
        1 + EACH * k + OF_ERRORS,
      );
    }
  },
  merge(total, place) {
    const [before] = total;
    if (before === 0) {
      total.set(place);
      return;
    }
    const [more] = place;
    for (let at = 1; at < total.length; at += OF_ERRORS) mergeMoments(total, place, at, before, more);
    total[0] = before + more;
  },
  result(total, { outputs }) {
    let sum = 0;
    for (let k = 0; k < outputs; k++) {
      const at = 1 + EACH * k;
      const [squares, errors] = [total[at + 2], total[at + OF_ERRORS + 2]];
      if (squares === 0) return { value: null, reason: allTheSame(outputs, k) };
      sum += 1 - errors / squares;
    }
    return { value: sum / outputs };
  },
};
