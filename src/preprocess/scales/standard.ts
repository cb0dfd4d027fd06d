/** (x − mean) / standard deviation, biased, as scikit-learn's StandardScaler has it. */
import { fitted, meanAndDeviation, type Scale } from './scale.js';

export const standard: Scale = {
  description: 'Mean 0 and standard deviation 1 over the training rows.',
  fit(values) {
    const { mean, deviation } = meanAndDeviation(values);
    return fitted(mean, deviation);
  },
};
