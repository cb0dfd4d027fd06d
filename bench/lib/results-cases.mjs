/**
 * The data sets of `npm run results`: how each is measured, what is promised of it, and what others published. A figure
 * of somebody else's stands beside ours only with where it can be read; whose split differs from ours, says so.
 */

/** Ten folds, three times over: every row is in a test three times. Nothing is tuned within, so nothing is held back. */
const folds = { folds: 10, seeds: 3 };

export const cases = [
  {
    name: 'adult',
    figure: 'accuracy',
    seeds: 3,
    target: 0.852,
    published:
      '0.852 tuned MLP (Gorishniy et al. 2021, arXiv 2106.11959); C4.5 0.8446, NBTree 0.8590 (adult.names, official test)',
  },
  { name: 'penguins', figure: 'accuracy', ...folds, target: 0.97, published: '–' },
  { name: 'iris', figure: 'accuracy', ...folds, published: '–' },
  {
    name: 'wine',
    figure: 'accuracy',
    ...folds,
    published: 'RDA 1.000, QDA 0.994, LDA 0.989, 1-NN 0.961, leave-one-out (wine.names)',
  },
  {
    name: 'breast-cancer',
    figure: 'accuracy',
    ...folds,
    published: '0.975, a plane in three features, repeated ten folds (wdbc.names)',
  },
  { name: 'digits', figure: 'accuracy', ...folds, target: 0.975, published: '–' },
  {
    name: 'auto-mpg',
    figure: 'mae',
    unit: 'mpg',
    ...folds,
    target: 2,
    published: 'below 2 asked for (BYU ME 595R, homework 1)',
  },
  { name: 'diamonds', figure: 'r2', also: ['mae'], unit: '$', seeds: 3, target: 0.975, published: '–' },
  { name: 'bike-sharing', figure: 'r2', also: ['mae'], unit: 'bikes', seeds: 3, published: '–' },
  { name: 'flights', figure: 'r2', also: ['mae'], unit: 'minutes', seeds: 1, published: '–' },
  {
    name: 'fashion-mnist',
    figure: 'accuracy',
    official: true,
    seeds: 1,
    target: 0.89,
    published: 'MLP 256-128-100 0.8833 (README of fashion-mnist, as reported to it)',
  },
  {
    name: 'mnist',
    figure: 'accuracy',
    official: true,
    seeds: 1,
    published: '0.9840 the same network in Keras (its example mnist_mlp, 20 epochs)',
  },
];
