/**
 * R², the coefficient of determination: 1 − Σ(ŷ − y)² / Σ(y − ȳ)² over the rows; the mean of it over several outputs
 * (scikit-learn's `uniform_average`). Undefined, and null, where an output's targets are all the same: scikit-learn says
 * 1 or 0 there.
 *
 * Σ(y − ȳ)² of each piece is merged by the formula of Chan, Golub and LeVeque (1979):
 * M = M_a + M_b + (ȳ_b − ȳ_a)²·n_a·n_b/(n_a + n_b). Means are taken of y − c, with c the piece's first target: that
 * difference is exact where targets are close to each other, so an offset of all targets costs no digits.
 */
import type { SummingMetric } from './metric.js';

/** After the number of rows, for each output: c, the mean of y − c, Σ(y − ȳ)², Σ(ŷ − y)². */
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
      const c = y[k];
      let sum = 0;
      for (let at = k; at < rows * outputs; at += outputs) sum += y[at] - c;
      const mean = sum / rows;
      let squares = 0;
      let rest = 0;
      let residual = 0;
      for (let at = k; at < rows * outputs; at += outputs) {
        const apart = y[at] - c - mean;
        squares += apart ** 2;
        // What rounding left of a sum that should be 0.
        rest += apart;
        residual += (h[at] - y[at]) ** 2;
      }
      place.set([c, mean + rest / rows, squares - rest ** 2 / rows, residual], 1 + EACH * k);
    }
  },
  merge(total, place) {
    const [before] = total;
    if (before === 0) {
      total.set(place);
      return;
    }
    const [more] = place;
    const n = before + more;
    for (let at = 1; at < total.length; at += EACH) {
      const apart = place[at] - total[at] + (place[at + 1] - total[at + 1]);
      total[at + 1] += (apart * more) / n;
      total[at + 2] += place[at + 2] + apart ** 2 * ((before * more) / n);
      total[at + 3] += place[at + 3];
    }
    total[0] = n;
  },
  result(total, { outputs }) {
    let sum = 0;
    for (let k = 0; k < outputs; k++) {
      const [squares, residual] = total.subarray(3 + EACH * k);
      if (squares === 0) {
        const whose = outputs > 1 ? `the targets of output ${k}` : 'the targets';
        return { value: null, reason: `${whose} are all the same` };
      }
      sum += 1 - residual / squares;
    }
    return { value: sum / outputs };
  },
};
