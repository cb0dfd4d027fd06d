/** The option of all families whose rows may be of classes that are not equally frequent. */
export const balanceOption = {
  type: 'choice',
  of: ['classes'],
  description:
    'classes: each epoch draws as many rows as there are for training, with replacement, so that every class is equally ' +
    'likely. Default: each training row comes once an epoch.',
  optional: true,
} as const;
