/**
 * Rows come as often as they weigh: each draw by itself and with replacement, row r with probability w_r/Σw over the
 * training rows, as PyTorch's WeightedRandomSampler has it with `num_samples` n. Keyed by (seed, epoch). As the draw has the
 * weights, the loss of training does not: on average the gradients are those of a weighted loss, whose mean weight is 1.
 */
import { keyed } from '../../random.js';
import type { Sampling } from './sampling.js';

export const weighted: Sampling = {
  description:
    'Draws rows with replacement, each as often as its weight (data.weight) says, in place of weighing its loss.',
  needs: 'weights',
  told: 'drawn as often as they weigh, with replacement',
  draw({ seed, train, weightOf }) {
    /** Up to and with each training row. */
    const sums = new Float64Array(train.length);
    let total = 0;
    for (const [k, row] of train.entries()) {
      total += weightOf(row);
      sums[k] = total;
    }
    return (into, epoch) => {
      const random = keyed(seed, 'weighted', epoch);
      for (let at = 0; at < into.length; at++) into[at] = train[firstAbove(sums, random.uniform() * total)];
    };
  },
};

/** The place of the first sum that is larger: never that of a row of weight 0, whose sum is the one before it. */
function firstAbove(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
