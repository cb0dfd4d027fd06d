import type { MissingRule } from './missing.js';

export const drop: MissingRule = {
  description: 'Rows without the value are left out and counted; a row to predict must have it.',
  types: ['number', 'category', 'date'],
  drops: true,
};
