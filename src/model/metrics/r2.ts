/**
 * R², the coefficient of determination: 1 − Σ(ŷ − y)² / Σ(y − ȳ)² over the rows; the mean of it over several outputs
 * (scikit-learn's `uniform_average`). Undefined, and null, where an output's targets are all the same: scikit-learn says
 * 1 or 0 there.
 */
import type { SummingMetric } from './metric.js';
import { allTheSame, mergeMoments, momentsOf } from './moments.js';

/** After the number of rows, for each output: the moments of y, Σ(ŷ − y)². */
const EACH = 4;

export const r2: SummingMetric = {
  description: 'Coefficient of determination, 1 at best; mean over the outputs; null for constant targets.',
  tasks: ['regression'],
  better: 'higher',
  usual: true,
  mayBeUndefined: true,
  adds: 'sums',
  size: (outputs) => 1 + EACH * outputs,
  piece(h, y, { rows, outputs }, place) {
    place[0] = rows;
    for (let k = 0; k < outputs; k++) {
      let residual = 0;
      for (let at = k; at < rows * outputs; at += outputs) residual += (h[at] - y[at]) ** 2;
      place.set([...momentsOf((row) => y[row * outputs + k], rows), residual], 1 + EACH * k);
    }
  },
  merge(total, place) {
    const [before] = total;
    if (before === 0) {
      total.set(place);
      return;
    }
    const [more] = place;
    for (let at = 1; at < total.length; at += EACH) {
      mergeMoments(total, place, at, before, more);
      total[at + 3] += place[at + 3];
    }
    total[0] = before + more;
  },
  result(total, { outputs }) {
    let sum = 0;
    for (let k = 0; k < outputs; k++) {
      const [squares, residual] = total.subarray(3 + EACH * k);
      if (squares === 0) return { value: null, reason: allTheSame(outputs, k) };
      sum += 1 - residual / squares;
    }
    return { value: sum / outputs };
  },
};
