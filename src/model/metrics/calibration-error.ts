/**
 * Expected calibration error (Naeini et al. 2015; Guo et al. 2017): Σ_b (n_b/N)·|share that is right in b − mean confidence
 * in b| over B bins of equal width, (j/B, (j + 1)/B], 0 in the first. Of several classes the confidence is the largest
 * output, right where its class is true; of a single output it is that output, right where the answer is yes (as in
 * scikit-learn's `calibration_curve`); of several binary outputs the mean over these.
 */
import type { Options, Values } from '../../options.js';
import { classAt, isYes } from './decide.js';
import type { Extent, SummingMetric } from './metric.js';

const options = {
  bins: {
    type: 'integer',
    min: 1,
    max: 1000,
    default: 15,
    description: 'How many bins of equal width confidences fall into.',
  },
} as const satisfies Options;

/** Of a bin: rows, the sum of their confidences, those that are right. */
const EACH = 3;

const binsOf = (spec: Extent['spec']): number => (spec as typeof spec & Values<typeof options>).bins;
/** A softmax has one confidence a row. */
const curvesOf = ({ outputs, task }: Extent): number => (task === 'multi-label' ? outputs : 1);

/** The bin whose upper edge is the first that is not below the confidence. */
function binOf(confidence: number, bins: number): number {
  let bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
  // The product rounds, edges are quotients.
  if (bin > 0 && confidence <= bin / bins) bin--;
  else if (bin < bins - 1 && confidence > (bin + 1) / bins) bin++;
  return bin;
}

export const calibrationError: SummingMetric<typeof options> = {
  description:
    'How far confidence is from the share that is right, on average over bins of confidence; 0 at best.',
  options,
  tasks: ['classification', 'binary', 'multi-label'],
  probabilities: true,
  better: 'lower',
  usual: false,
  adds: 'sums',
  size: (outputs, spec) => EACH * binsOf(spec) * outputs,
  piece(h, y, extent, place) {
    const { rows, outputs, task, spec } = extent;
    const bins = binsOf(spec);
    place.fill(0);
    const add = (curve: number, confidence: number, right: boolean) => {
      // NaN is in none, and makes the first one NaN.
      const at = EACH * (curve * bins + (Number.isNaN(confidence) ? 0 : binOf(confidence, bins)));
      place[at]++;
      place[at + 1] += confidence;
      if (right) place[at + 2]++;
    };
    if (task === 'classification') {
      for (let row = 0; row < rows; row++) {
        const taken = classAt(h, row, extent);
        add(0, taken < 0 ? Number.NaN : h[row * outputs + taken], taken === classAt(y, row, extent));
      }
    } else for (let i = 0; i < rows * outputs; i++) add(i % outputs, h[i], isYes(y[i]));
  },
  merge(total, place) {
    for (let k = 0; k < total.length; k++) total[k] += place[k];
  },
  result(total, extent) {
    const curves = curvesOf(extent);
    const end = EACH * curves * binsOf(extent.spec);
    let sum = 0;
    for (let at = 0; at < end; at += EACH) sum += Math.abs(total[at + 2] - total[at + 1]);
    return { value: sum / (extent.rows * curves) };
  },
};
