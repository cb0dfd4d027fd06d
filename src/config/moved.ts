/** Keys that have another place now, and how they are written there; members that are no more, and what to take. */
import { lettersOf } from './elsewhere.js';
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

/** Keys that are not where one may look for them. */
const NOT_HERE: Readonly<Record<string, string>> = {
  'loss.weight': 'classes are weighed by train.classWeights, rows by data.weight',
  'loss.weights': 'classes are weighed by train.classWeights, rows by data.weight',
  'loss.reduction': 'a loss is the mean over rows; leave it out',
  'optimizer.schedule.warmup':
    '"one-cycle" rises by itself, for the share peakAt of its length; leave warmup out',
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
  layers: {
    linear: 'dense',
    fullyconnected: 'dense',
    batchnormalization: 'batch-norm',
    layernormalization: 'layer-norm',
    add: 'residual',
    concatenate: 'concat',
  },
  scale: {
    standardscaler: 'standard',
    zscore: 'standard',
    minmaxscaler: 'min-max',
    robustscaler: 'robust',
    log: 'log-standard',
    log1p: 'log-standard',
  },
  encode: {
    onehotencoder: 'one-hot',
    dummies: 'one-hot',
    ordinalencoder: 'ordinal',
    embedding: 'embed',
  },
  missing: {
    mostfrequent: 'mode',
  },
  split: {
    timeseriessplit: 'time',
    chronological: 'time',
    groupkfold: 'group',
    groupshufflesplit: 'group',
  },
  optimizer: {
    momentum: 'sgd',
    nesterov: 'sgd',
  },
  activation: {
    identity: 'linear',
    none: 'linear',
    logistic: 'sigmoid',
    exp: 'exponential',
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
  schedule: {
    reduceonplateau: 'plateau',
    reducelronplateau: 'plateau',
    cosineannealing: 'cosine',
    cosineannealinglr: 'cosine',
    cosinedecay: 'cosine',
    cosineannealingwarmrestarts: 'cosine-restarts',
    cosinedecayrestarts: 'cosine-restarts',
    sgdr: 'cosine-restarts',
    steplr: 'step',
    exponentiallr: 'exponential',
    exponentialdecay: 'exponential',
    polynomiallr: 'polynomial',
    polynomialdecay: 'polynomial',
    linearlr: 'linear',
    onecyclelr: 'one-cycle',
  },
  init: {
    he: 'he-normal',
    kaiminguniform: 'he-uniform',
    kaimingnormal: 'he-normal',
    glorot: 'glorot-uniform',
    xavier: 'glorot-uniform',
    xavieruniform: 'glorot-uniform',
    xaviernormal: 'glorot-normal',
    lecun: 'lecun-normal',
    truncnormal: 'truncated-normal',
  },
  sampling: {
    weightedrandomsampler: 'weighted',
    oversample: 'balanced',
    random: 'shuffle',
  },
};

/**
 * The member that other programs call `name`, however they write it; undefined: none.
 * @param family the last key that says which family it is
 * @param names all of its members
 */
export function calledElsewhere(family: string, name: string, names: readonly string[]): string | undefined {
  // What is monitored is of the validation rows anyway.
  const whole = family === 'monitor' ? lettersOf(name).replace(/^val(id(ation)?)?/, '') : lettersOf(name);
  const plain = whole.replace(/(loss|score)$/, '');
  const known = ownValue(ELSEWHERE, family === 'monitor' ? 'metrics' : family) ?? {};
  return (
    ownValue(known, plain) ??
    names.find((member) => lettersOf(member) === whole) ??
    names.find((member) => lettersOf(member) === plain)
  );
}

/** `is now optimizer.learningRate`, `is gone; …`, or why it is not there; undefined for a key of which nothing is known. */
export function movedTo(path: readonly PropertyKey[]): string | undefined {
  const key = path.join('.');
  const place = ownValue(MOVED, key);
  return place ? `is now ${place}` : (ownValue(GONE, key) ?? ownValue(NOT_HERE, key));
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
