import { meanAndDeviation } from '../scales/scale.js';
import type { MissingRule } from './missing.js';

export const mean: MissingRule = {
  description: 'The mean of the training rows.',
  types: ['number', 'date'],
  number: (values) => meanAndDeviation(values).mean,
};
