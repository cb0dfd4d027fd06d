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

/** Keys that are not where one may look for them. */
const NOT_HERE: Readonly<Record<string, string>> = {
  'optimizer.schedule.warmup':
    '"one-cycle" rises by itself, for the share peakAt of its length; leave warmup out',
};

/** What other programs call keys, by its letters, and what is written here: a path, or a layer. */
const CALLED: Readonly<Record<string, string>> = {
  clipnorm: 'train.clip.norm',
  globalclipnorm: 'train.clip.norm',
  gradclip: 'train.clip.norm',
  gradientclip: 'train.clip.norm',
  gradientclipval: 'train.clip.norm',
  gradientclipping: 'train.clip.norm',
  maxgradnorm: 'train.clip.norm',
  clipvalue: 'train.clip.value',
  useema: 'train.ema',
  emadecay: 'train.ema.decay',
  emamomentum: 'train.ema.decay',
  earlystop: 'train.stop',
  earlystopping: 'train.stop',
  niternochange: 'train.stop.patience',
  accumulategradbatches: 'train.accumulate',
  accumulategradients: 'train.accumulate',
  accumulation: 'train.accumulate',
  gradientaccumulation: 'train.accumulate',
  gradientaccumulationsteps: 'train.accumulate',
  classweight: 'train.classWeights',
  sampleweight: 'data.weight',
  sampleweights: 'data.weight',
  shuffle: 'train.sampling',
  oversample: 'train.sampling',
  validationsplit: 'data.split.validation',
  validationfraction: 'data.split.validation',
  testsize: 'data.split.test',
  maxepochs: 'train.epochs',
  maxiter: 'train.epochs',
  numepochs: 'train.epochs',
  scheduler: 'optimizer.schedule',
  lrschedule: 'optimizer.schedule',
  lrscheduler: 'optimizer.schedule',
  learningrateschedule: 'optimizer.schedule',
  criterion: 'loss',
  lossfunction: 'loss',
  hidden: 'model.layers',
  hiddenlayers: 'model.layers',
  hiddenlayersizes: 'model.layers',
  dropout: '{ name: dropout, rate: … }',
  dropoutrate: '{ name: dropout, rate: … }',
  batchnorm: '{ name: batch-norm }',
  batchnormalization: '{ name: batch-norm }',
  layernorm: '{ name: layer-norm }',
  layernormalization: '{ name: layer-norm }',
};

/** `; did you mean "train.clip.norm"?` of `clipnorm`, however it is written; empty where nobody calls a key so. */
export function keyElsewhere(key: string): string {
  const what = ownValue(CALLED, lettersOf(key));
  if (what === undefined) return '';
  return what.startsWith('{') ? `; it is a layer of its own: write ${what}` : `; did you mean "${what}"?`;
}

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
  const plain = lettersOf(name).replace(/(loss|score)$/, '');
  return (
    ownValue(ownValue(ELSEWHERE, family) ?? {}, plain) ?? names.find((member) => lettersOf(member) === plain)
  );
}

const lettersOf = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');

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
