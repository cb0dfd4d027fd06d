/** Keys as other programs have them, and where what they say stands here. */
import { ownValue } from './json-schema.js';

/** By its letters; here it is a path, or what else there is to do. */
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
  valsplit: 'data.split.validation',
  valsize: 'data.split.validation',
  validationsize: 'data.split.validation',
  testsize: 'data.split.test',
  testsplit: 'data.split.test',
  maxepochs: 'train.epochs',
  maxiter: 'train.epochs',
  numepochs: 'train.epochs',
  rate: 'optimizer.learningRate',
  scheduler: 'optimizer.schedule',
  lrschedule: 'optimizer.schedule',
  lrscheduler: 'optimizer.schedule',
  learningrateschedule: 'optimizer.schedule',
  kernelregularizer: 'optimizer.l2',
  randomstate: 'seed',
  randomseed: 'seed',
  dtype: 'model.precision',
  criterion: 'loss',
  lossfunction: 'loss',
  hidden: 'model.layers',
  hiddenlayers: 'model.layers',
  hiddenlayersizes: 'model.layers',
  dropout: 'it is a layer of its own: write { name: dropout, rate: … }',
  dropoutrate: 'it is a layer of its own: write { name: dropout, rate: … }',
  batchnorm: 'it is a layer of its own: write { name: batch-norm }',
  batchnormalization: 'it is a layer of its own: write { name: batch-norm }',
  layernorm: 'it is a layer of its own: write { name: layer-norm }',
  layernormalization: 'it is a layer of its own: write { name: layer-norm }',
  activation: 'each layer has one of its own: write { units: …, activation: … }',
  inputshape: 'the data say how many inputs there are; leave it out',
  inputdim: 'the data say how many inputs there are; leave it out',
  infeatures: 'the data say how many inputs there are; leave it out',
  trainable: 'layers that are to stay as they are say frozen: true',
  requiresgrad: 'layers that are to stay as they are say frozen: true',
  device: 'the cores of the processor compute; leave it out',
  verbose: 'that is no part of a result: --quiet on the command line',
  restorebest: 'a run always leaves its best weights; leave it out',
  restorebestweights: 'a run always leaves its best weights; leave it out',
  threads: 'that is no part of a result: --threads on the command line',
  numthreads: 'that is no part of a result: --threads on the command line',
  workers: 'that is no part of a result: --threads on the command line',
  numworkers: 'that is no part of a result: --threads on the command line',
};

/** Options of members by their letters, and what they are called here; of several the one that there is. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  kernelinitializer: ['init'],
  initializer: ['init'],
  neurons: ['units'],
  nodes: ['units'],
  size: ['units'],
  outfeatures: ['units'],
  label: ['target'],
  labels: ['target'],
  labelcolumn: ['target'],
  sep: ['delimiter'],
  separator: ['delimiter'],
  navalues: ['missing'],
  learningrateinit: ['learningRate'],
  eps: ['epsilon'],
  etamin: ['final'],
  endlr: ['final'],
  minlr: ['minimum', 'final'],
  tmax: ['length'],
  totalsteps: ['length'],
  t0: ['cycle'],
  tmult: ['growth'],
  stepsize: ['every'],
  gamma: ['factor'],
  decayrate: ['factor', 'alpha', 'rho'],
  pctstart: ['peakAt'],
  maxlr: ['learningRate'],
  rho: ['alpha'],
  momentum: ['newShare'],
  p: ['rate'],
  negativeslope: ['slope'],
  std: ['deviation'],
  stddev: ['deviation'],
  usebias: ['initialBias'],
};

export const lettersOf = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');

/** `; did you mean "train.clip.norm"?` of `clipnorm`, however it is written; empty where nobody calls a key so. */
export function keyElsewhere(key: string): string {
  const what = ownValue(CALLED, lettersOf(key));
  if (what === undefined) return '';
  return what.includes(' ') ? `; ${what}` : `; did you mean "${what}"?`;
}

/** `; did you mean "epsilon"?` of `eps`, where a member has that; else empty. */
export function optionElsewhere(key: string, allowed: readonly string[]): string {
  const option = ownValue(OPTIONS, lettersOf(key))?.find((each) => allowed.includes(each));
  return option === undefined ? '' : `; did you mean "${option}"?`;
}
