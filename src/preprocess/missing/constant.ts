import type { MissingRule } from './missing.js';

const options = {
  value: {
    type: 'either',
    description: 'What stands for a missing value: a number, or the name of a category.',
    of: [
      { type: 'number', min: -1e308, max: 1e308, description: 'A number.' },
      { type: 'text', description: 'The name of a category.' },
    ],
  },
} as const;

export const constant: MissingRule<typeof options> = {
  description: 'A value of your own.',
  options,
  types: ['number', 'category', 'date'],
  number: (_values, { value }) => (typeof value === 'string' ? Date.parse(value) : Number(value)),
  category: (_counts, { value }) => String(value),
};
