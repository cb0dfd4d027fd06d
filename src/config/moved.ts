/** Keys that have another place now, and how they are written there; members that are no more, and what to take. */
import { ownValue } from './json-schema.js';

const MOVED: Readonly<Record<string, string>> = {
  cost: 'loss',
  'train.learningRate': 'optimizer.learningRate',
  'train.validateEvery': 'train.validate.every, with its unit ("300 epochs")',
  // Rows were drawn from all sets pooled; other splits keep a test set apart and do not take all three.
  'data.train': 'data.split: { name: random, train: … }',
  'data.validation': 'data.split: { name: random, validation: … }',
  'data.test': 'data.split: { name: random, test: … }',
};

/** Members of families that are no more, and what to take. */
const GONE: Readonly<Record<string, string>> = {
  'engine.blas': 'is gone; take "native", the default',
};

/** What other programs call members of families, where no spelling leads from one to the other. */
const ELSEWHERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  loss: {
    mae: 'mean-absolute-error',
    l1: 'mean-absolute-error',
    mse: 'mean-squared-error',
    l2: 'mean-squared-error',
    rmse: 'mean-squared-error',
    smoothl1: 'huber',
    pinball: 'quantile',
    poissonnll: 'poisson',
    bce: 'binary-cross-entropy',
    bcewithlogits: 'binary-cross-entropy',
    log: 'binary-cross-entropy',
    ce: 'cross-entropy',
    nll: 'cross-entropy',
    categoricalcrossentropy: 'cross-entropy',
    sparsecategoricalcrossentropy: 'cross-entropy',
    softmax: 'cross-entropy',
    kld: 'kl-divergence',
    kl: 'kl-divergence',
    kldiv: 'kl-divergence',
    kullbackleibler: 'kl-divergence',
    multimargin: 'categorical-hinge',
    categoricalfocalcrossentropy: 'focal',
    binaryfocalcrossentropy: 'binary-focal',
  },
  metrics: {
    mse: 'rmse',
    meanabsoluteerror: 'mae',
    meansquarederror: 'rmse',
    rootmeansquarederror: 'rmse',
    meanabsolutepercentageerror: 'mape',
    auc: 'roc-auc',
    prauc: 'average-precision',
    ap: 'average-precision',
    mcc: 'matthews',
    kappa: 'cohen-kappa',
    ece: 'calibration-error',
    crossentropy: 'log-loss',
    topkcategoricalaccuracy: 'top-k',
  },
};

/**
 * The member that other programs call `name`, however they write it; undefined: none.
 * @param family the last key that says which family it is
 * @param names all of its members
 */
export function calledElsewhere(family: string, name: string, names: readonly string[]): string | undefined {
  const letters = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const plain = letters(name).replace(/(loss|score)$/, '');
  return (
    ownValue(ownValue(ELSEWHERE, family) ?? {}, plain) ?? names.find((member) => letters(member) === plain)
  );
}

/** `is now optimizer.learningRate`, or `is gone; …`; undefined for a key that never had another place. */
export function movedTo(path: readonly PropertyKey[]): string | undefined {
  const key = path.join('.');
  const place = ownValue(MOVED, key);
  return place ? `is now ${place}` : ownValue(GONE, key);
}

/** `the engine "blas" is gone; …`; undefined for what was no member. @param family the path of the family's key */
export function gone(family: readonly PropertyKey[], name: unknown): string | undefined {
  const what = ownValue(GONE, [...family, name].join('.'));
  return what && `the ${String(family.at(-1))} "${name}" ${what}`;
}

/** The old key that a configuration has, if it has one. */
export function oldKeyIn(config: unknown): string | undefined {
  return Object.keys(MOVED).find((path) => path.split('.').reduce(ownValue, config) !== undefined);
}
