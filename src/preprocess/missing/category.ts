import type { MissingRule } from './missing.js';

export const category: MissingRule = {
  description: 'Missing is a category of its own.',
  types: ['category'],
  isCategory: true,
};
