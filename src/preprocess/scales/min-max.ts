/** (x − smallest) / (largest − smallest), as scikit-learn's MinMaxScaler has it. */
import { fitted, type Scale } from './scale.js';

export const minMax: Scale = {
  description: 'From 0 to 1 over the training rows.',
  fit(values) {
    let smallest = Number.POSITIVE_INFINITY;
    let largest = Number.NEGATIVE_INFINITY;
    for (const value of values) {
      smallest = Math.min(smallest, value);
      largest = Math.max(largest, value);
    }
    return fitted(smallest, largest - smallest);
  },
};
