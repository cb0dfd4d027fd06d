import { quantile } from '../scales/scale.js';
import type { MissingRule } from './missing.js';

export const median: MissingRule = {
  description: 'The median of the training rows.',
  types: ['number', 'date'],
  number: (values) => quantile(values.slice().sort(), 0.5),
};
