/** (x − median) / (third quartile − first quartile), as scikit-learn's RobustScaler has it. */
import { fitted, quantile, type Scale } from './scale.js';

export const robust: Scale = {
  description: 'Median 0 and distance of the quartiles 1 over the training rows: outliers do not count.',
  fit(values) {
    const sorted = values.slice().sort();
    return fitted(quantile(sorted, 0.5), quantile(sorted, 0.75) - quantile(sorted, 0.25));
  },
};
