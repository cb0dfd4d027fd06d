import { quantile } from '../scales/scale.js';
import type { MissingRule } from './missing.js';

export const indicator: MissingRule = {
  description: 'The median of the training rows, and one more input that is 1 where the value is missing.',
  types: ['number'],
  indicates: true,
  number: (values) => quantile(values.slice().sort(), 0.5),
};
