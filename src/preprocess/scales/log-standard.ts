/** As `standard`, of sign(x)·ln(1 + |x|): for values that span powers of ten, such as incomes. */
import { fitted, meanAndDeviation, type Scale } from './scale.js';

export const logStandard: Scale = {
  description: 'As standard, of the logarithm: sign(x)·ln(1 + |x|).',
  fit(values) {
    const logs = values.map((x) => Math.sign(x) * Math.log1p(Math.abs(x)));
    const { mean, deviation } = meanAndDeviation(logs);
    return fitted(mean, deviation, true);
  },
};
